import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCommit, commitBefore } from '../box/earlier-tree';
import { assertBuilt, root } from '../box/real-box';
import { DefinedBox } from './defined-box';

jest.setTimeout(600_000); // a whole build, also on a busy machine

/** The last version without definitions. */
const earlier = commitBefore('packages/protocol/src/definitions/definition.ts');
const withHistory = earlier === undefined ? it.skip : it;
const reason = earlier === undefined ? ' (skipped: the history of this clone does not reach back to that version)' : '';

describe('a box of the version without definitions', () => {
  let dir: string;
  const box = new DefinedBox(22_520);
  beforeAll(() => {
    assertBuilt();
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'pinky-undefined-')));
    mkdirSync(join(dir, 'pinky'));
  });
  afterAll(async () => {
    await box.end();
    rmSync(dir, { recursive: true, force: true });
  });

  const pids = async (): Promise<unknown> =>
    ((await box.pinky(['ps'])).answer as { servers: { serverId: string; state: string; pid: number }[] }).servers.map(
      ({ serverId, state, pid }) => ({ serverId, state, pid }),
    );

  withHistory(`is upgraded while games run, which are defined then, and back again${reason}`, async () => {
    const old = join(dir, 'pinky');
    buildCommit(earlier ?? '', old);
    const pack = box.pack('first');
    expect(await box.pinky(['up', '--daemonize'], old)).toMatchObject({ code: 0 });
    const start = (id: string, ...more: string[]) => box.pinky(['start', id, '--funpack', pack, ...more], old);
    expect(await start('a', '--set', 'motd=hello')).toMatchObject({ code: 0 });
    const { answer } = await box.pinky(['backup', 'a'], old);
    expect(await start('b', '--world', answer.backup.url, '--ram', '64')).toMatchObject({ code: 0 });
    const before = await pids();

    expect(await box.pinky(['upgrade'], root)).toMatchObject({ code: 0 });
    expect(await pids()).toEqual(before);
    expect(box.definition('a')).toMatchObject({ wanted: 'up', settings: { motd: 'hello' }, port: 22_520 });
    expect(box.definition('b')).toMatchObject({ wanted: 'up', ram: { min: 64, max: 64 }, funpack: { url: pack } });
    expect(JSON.stringify(box.definition('b'))).not.toContain('world');
    expect(await box.pinky(['start', 'b', '--world', answer.backup.url])).toMatchObject({ answer: { already: true } });
    expect(await box.pinky(['start', 'a', '--set', 'motd=new'])).toMatchObject({
      answer: { already: true, appliesAtNextStart: true },
    });
    expect(await box.pinky(['stop', 'b'])).toMatchObject({ code: 0 });
    const { servers } = (await box.pinky(['backups', 'a'])).answer;
    expect(servers[0].backups.at(-1)).toMatchObject({ path: new URL(answer.backup.url).pathname, kind: 'full' });
    const oldest = String(servers[0].backups.at(-1).seconds);
    expect(await box.pinky(['verify', 'a', oldest])).toMatchObject({ code: 0, answer: { files: 1 } });
    expect(await box.pinky(['restore', 'a', oldest])).toMatchObject({ answer: { state: 'up', wasStopped: true } });
    await box.term();
    await box.up();
    await box.untilStates({ a: 'up' });
    expect(box.definition('a')).toMatchObject({ settings: { motd: 'new' } });

    expect(await box.pinky(['upgrade'], old)).toMatchObject({ code: 0 });
    expect(await box.pinky(['list', 'a'], old)).toMatchObject({ code: 0 });
    expect(await start('b', '--ram', '128')).toMatchObject({ code: 0 });
    const again = await pids();
    expect(await box.pinky(['upgrade'], root)).toMatchObject({ code: 0 });
    expect(await pids()).toEqual(again);
    expect(box.definition('b')).toMatchObject({ wanted: 'up', ram: { min: 128 } });
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
  });
});
