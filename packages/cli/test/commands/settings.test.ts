import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, serverPaths } from '@pinky/protocol';
import { waitingNotes } from '../../src/commands/servers/set.js';
import { cli } from '../cli-run.js';

describe('pinky settings', () => {
  const home = mkdtempSync(join(tmpdir(), 'pinky-settings-'));
  const servers = join(home, 'servers');
  const schema = {
    motd: { type: 'string', default: 'hello', live: 'motd {value}' },
    slots: { type: 'integer', default: 8 },
    door: { type: 'string', secret: true },
  };
  const definition = {
    format: 2,
    serverId: 'a',
    revision: 3,
    changedIn: 2,
    wanted: 'down',
    wantedSince: 0,
    funpack: { url: 'made' },
    ram: { min: 64, max: 128 },
    isRamGiven: true,
    port: 10_000,
    plain: ['slots'],
    settings: { slots: 4 },
    secretsOf: 2,
  };
  beforeAll(() => {
    mkdirSync(boxPaths(home).definitions, { recursive: true });
    writeFileSync(boxPaths(home).definition('a'), JSON.stringify(definition));
    const kept = { format: 1, serverId: 'a', now: { revision: 2, settings: { door: 'hunter2' } } };
    writeFileSync(boxPaths(home).secrets('a'), JSON.stringify(kept));
    const { funpack } = serverPaths(servers, 'a');
    mkdirSync(funpack, { recursive: true });
    writeFileSync(join(funpack, 'funpack.json'), JSON.stringify({ name: 'made', version: '1', run: ['true'], schema }));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  const run = (...args: string[]) => cli(['settings', ...args], { env: { PINKY_HOME: home } });

  it('prints what a server is defined with, and the defaults, but no secret', async () => {
    const { code, out } = await run('a');
    expect(code).toBe(0);
    expect(out).not.toContain('hunter2');
    expect(out.split('\n').map((line) => line.trimEnd().replace(/ {2,}/g, ' | '))).toEqual([
      'a made',
      ' | memory 64:128 MB',
      ' | port 10000, if nobody else has it',
      'SETTING | VALUE | FROM | A CHANGE APPLIES',
      'motd | hello | default | at once',
      'slots | 4 | given | at the next start',
      'door | •••••• | given | at the next start',
      '',
    ]);
  });

  it('has the same for programs', async () => {
    expect(JSON.parse((await run('a', '--json')).out)).toMatchObject({
      serverId: 'a',
      ram: { min: 64, max: 128, isGiven: true },
      port: 10_000,
      isPortFixed: false,
      settings: { slots: 4, door: '••••••' },
      defaults: { motd: 'hello' },
    });
  });

  it('says what is wrong where nothing is known of the server, or its secrets are gone', async () => {
    expect(await run('b')).toMatchObject({ err: expect.stringContaining('nothing is known of a server b') });
    rmSync(boxPaths(home).secrets('a'));
    expect(await run('a')).toMatchObject({ err: expect.stringContaining('cannot be read') });
  });
});

describe('the notes of set', () => {
  it('say what a game did not take, and what waits', () => {
    const refused = { motd: { code: 'bad_text' as const, message: 'it holds a quote' } };
    expect(waitingNotes({ serverId: 'a', refused, live: ['slots'], appliesAtNextStart: true })).toEqual([
      'its game did not take motd: it holds a quote',
      'the rest is as before; `pinky restart a` applies the change',
    ]);
    expect(waitingNotes({ serverId: 'a', live: ['slots'] })).toEqual([]);
  });
});
