import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@pinky/box/config';
import { writeEffectiveConfig } from '@pinky/box/home';
import { hasNamespaces, lacksUsers } from '@pinky/jail';
import { boxPaths } from '@pinky/protocol';
import { isolationNotes } from '../../src/known/isolation-words.js';
import { cli } from '../cli-run.js';
import { TalkingBox } from '../talking-box.js';

/** Only root can give games users of their own. */
const isAble = lacksUsers() === undefined && hasNamespaces();
const users = { first: 65_536, count: 10 };

describe('pinky isolate', () => {
  let box: TalkingBox;
  let pack: string;
  beforeEach(() => {
    box = new TalkingBox();
    pack = join(box.home, 'pack');
    mkdirSync(pack);
    writeFileSync(join(pack, 'funpack.json'), JSON.stringify({ name: 'x', version: '1', run: ['sleep', '9'] }));
    define('s1');
  });
  afterEach(() => box.remove());

  const define = (serverId: string): void => {
    const definition = {
      format: 1,
      serverId,
      revision: 1,
      changedIn: 1,
      funpack: { url: pack },
      ram: { min: 1, max: 1 },
      settings: {},
      wanted: 'down',
      wantedSince: 1,
    };
    mkdirSync(boxPaths(box.home).definitions, { recursive: true });
    writeFileSync(boxPaths(box.home).definition(serverId), JSON.stringify(definition));
  };
  const isolate = (...args: string[]) => cli(['isolate', '--home', box.home, ...args]);

  it('says how games are kept apart, and where to choose', async () => {
    const { code, out } = await isolate();
    expect(code).toBe(0);
    expect(out).toContain('games start under `isolation: none`, the strictest that worked here when this home was');
    expect(out).toContain('to choose: write `isolation: none`, `user` or `strict` into pinky.yml, then `pinky reload`');
  });

  it('names a server that nobody knows', async () => {
    expect(await isolate('s9', '--dry-run')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no server s9 is known here'),
    });
  });

  (isAble ? it : it.skip)('tries each launch, and says what stands in its way', async () => {
    expect(await isolate('s1', '--dry-run')).toMatchObject({ code: 0, out: expect.stringContaining('up to its exec') });
    writeFileSync(join(pack, 'closed.cfg'), '');
    chmodSync(join(pack, 'closed.cfg'), 0o600);
    const { code, out } = await isolate('--dry-run', '--json');
    const [server] = (JSON.parse(out) as { servers: { trials: { isolation: string; steps: object[] }[] }[] }).servers;
    expect([code, server?.trials.map(({ isolation }) => isolation)]).toEqual([1, ['user', 'strict']]);
    for (const { steps } of server?.trials ?? []) {
      expect(steps).toContainEqual(expect.objectContaining({
        isFine: false,
        because: expect.stringContaining(`${join(pack, 'closed.cfg')} cannot be read`),
      }));
    }
  });

  (isAble ? it : it.skip)('says which funpack is not there, and which user may not be', async () => {
    writeFileSync(boxPaths(box.home).config, 'users: {name: root}\n');
    writeEffectiveConfig(loadConfig({ home: box.home, env: {} }));
    expect((await isolate('--dry-run')).out).toContain('`users.name` in pinky.yml names the user "root", who is root');
    rmSync(pack, { recursive: true });
    expect((await isolate('--dry-run')).out).toContain(`its funpack ${pack} is not on this machine`);
  });

  (isAble ? it : it.skip)('is what `ps` and `doctor` of an older home lead to', async () => {
    rmSync(boxPaths(box.home).isolation);
    const older = loadConfig({ home: box.home, env: {} });
    writeEffectiveConfig(older);
    expect((await cli(['ps', '--home', box.home])).err).toContain('note: games run as root');
    const { out } = await cli(['doctor', '--json', '--home', box.home]);
    const { findings } = JSON.parse(out) as { findings: { name: string; level: string; found: string; fix: string }[] };
    expect(findings.find(({ name }) => name === 'isolation')).toMatchObject({
      level: 'odd',
      found: expect.stringContaining('the home is older than this option'),
      fix: expect.stringContaining('`isolation: strict` in pinky.yml'),
    });
  });
});

describe('the notes about isolation', () => {
  const notes = (isolation: Parameters<typeof isolationNotes>[0]['isolation'], uid = 0) =>
    isolationNotes(isolation ? { isolation } : {}, uid);

  it('are about a home in which nobody has chosen, and about what could not be had', () => {
    expect(notes(undefined)).toEqual([expect.stringContaining('`pinky isolate --dry-run` tries it')]);
    expect(notes({ kind: 'none', users, visible: [], chosenBy: 'home', because: 'only root can' }, 1000)).toEqual([
      'games are not isolated: each can read and change what this box can (only root can)',
    ]);
  });

  it('are none where the operator has chosen, or where the strictest works', () => {
    expect(notes({ kind: 'none', users, visible: [], chosenBy: 'operator' })).toEqual([]);
    expect(notes({ kind: 'strict', users, visible: [], chosenBy: 'home' })).toEqual([]);
  });
});
