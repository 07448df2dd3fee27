import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { buildCommit, commitBefore } from '../box/earlier-tree';
import { assertBuilt, root } from '../box/real-box';
import { DefinedBox } from './defined-box';

jest.setTimeout(600_000); // a whole build, also on a busy machine

/** The last version without definitions. */
const earlier = commitBefore('packages/protocol/src/definitions/definition.ts');
const withHistory = earlier === undefined ? it.skip : it;
const reason = earlier === undefined ? ' (skipped: the history of this clone does not reach back to that version)' : '';

const isRoot = process.getuid?.() === 0;

/** Every path of a world but the file that the game itself writes: kind, mode, time and content. */
const worldIn = (working: string): unknown =>
  readdirSync(working, { recursive: true, encoding: 'utf8' }).filter((path) => path !== 'world').sort().map((path) => {
    const at = join(working, path);
    const { mode, mtimeMs } = lstatSync(at);
    const kind = mode & 0o170000;
    const content = kind === 0o120000 ? readlinkSync(at) : kind === 0o100000 ? readFileSync(at, 'base64') : '';
    return { path, mode, content, ...(kind === 0o100000 && { mtimeMs }) };
  });

describe('a box of the version without definitions', () => {
  let dir: string;
  let old: string;
  let box: DefinedBox;
  beforeAll(() => {
    assertBuilt();
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'pinky-undefined-')));
    old = join(dir, 'pinky');
    mkdirSync(old);
    if (earlier !== undefined) buildCommit(earlier, old);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  beforeEach(() => { box = new DefinedBox(22_520); });
  afterEach(() => box.end());

  const pids = async (): Promise<unknown> =>
    ((await box.pinky(['ps'])).answer as { servers: { serverId: string; state: string; pid: number }[] }).servers.map(
      ({ serverId, state, pid }) => ({ serverId, state, pid }),
    );

  withHistory(`is upgraded while games run, which are defined then, and back again${reason}`, async () => {
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

  withHistory(`keeps a world through an upgrade, two crashes, a stop and a start in a jail${reason}`, async () => {
    expect(await box.pinky(['up', '--daemonize'], old)).toMatchObject({ code: 0 });
    expect(await box.pinky(['start', 'a', '--funpack', box.pack('first')], old)).toMatchObject({ code: 0 });
    const working = box.file('servers', 'a', 'working');
    mkdirSync(join(working, 'map'));
    writeFileSync(join(working, 'map', 'r.0'), Buffer.alloc(100_000, 7), { mode: 0o600 });
    writeFileSync(join(working, 'map', 'a tune.sh'), 'echo', { mode: 0o755 });
    utimesSync(join(working, 'map', 'r.0'), 1_000_000_000.25, 1_000_000_000.25);
    symlinkSync('map/r.0', join(working, 'newest'));
    const world = worldIn(working);
    const game = async (): Promise<number> => (await box.pinky(['explain', 'a'])).answer.pid;
    const crash = async (): Promise<void> => {
      const pid = await game();
      process.kill(pid, 'SIGKILL');
      await until('another game runs', async () => {
        const { answer } = await box.pinky(['explain', 'a']);
        return answer.state === 'up' && answer.pid !== pid;
      });
      expect(worldIn(working)).toEqual(world);
    };
    expect(await box.pinky(['upgrade'], root)).toMatchObject({ code: 0 });
    await crash();
    if (isRoot) {
      appendFileSync(box.file('pinky.yml'), 'isolation: strict\n');
      expect(await box.pinky(['reload'])).toMatchObject({ code: 0 });
    }
    await crash();
    expect(statSync(`/proc/${await game()}`).uid).toBe(process.getuid?.()); // as its run was launched
    expect(await box.pinky(['stop', 'a'])).toMatchObject({ code: 0 });
    expect(await box.pinky(['start', 'a'])).toMatchObject({ answer: { state: 'up' } });
    const { uid } = statSync(`/proc/${await game()}`);
    expect(uid === 0).toBe(false);
    expect(worldIn(working)).toEqual(world);
    const paths = readdirSync(working, { recursive: true, encoding: 'utf8' });
    expect(new Set(paths.map((path) => lstatSync(join(working, path)).uid)))
      .toEqual(new Set([uid]));
    expect(readFileSync(join(working, 'world'), 'utf8')).toBe('lived\n'.repeat(4));
  });
});
