import { chmodSync, mkdirSync, mkdtempSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { copyTree } from './box/copied-tree';
import { assertBuilt, RealBox, root } from './box/real-box';

const options = 'ports: {first: 22640, step: 7, count: 20}\n';

describe('an upgrade of a box while people play', () => {
  let box: RealBox;
  let dir: string;
  let player: Socket | undefined;
  beforeAll(assertBuilt);
  beforeEach(() => {
    box = new RealBox(options);
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'pinky-next-')));
  });
  afterEach(async () => {
    player?.destroy();
    await box.end();
    rmSync(dir, { recursive: true, force: true });
  });

  const tree = async () =>
    (await box.pinky(['ps'])).answer as {
      version: string;
      processes: { role: string; pid: number }[];
      servers: {
        serverId: string;
        state: string;
        pid: number;
        worker: { pid: number };
      }[];
    };

  /** The sentence of an upgrade that changes nothing. */
  const refusal = async (): Promise<string> => {
    const { code, answer } = await box.pinky(['upgrade'], root);
    expect([code, answer.error?.code]).toEqual([2, 'bad_option']);
    return answer.error.message;
  };

  it('replaces supervisor, queue and workers by the new version, and games, players and Redis stay', async () => {
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    const started = await Promise.all(['a', 'b'].map((id) => box.pinky(['start', id, '--funpack', 'emberhollow'])));
    expect(started.map((each) => each.code)).toEqual([0, 0]);
    player = connect(started[0]?.answer.port, '127.0.0.1');
    await once(player, 'data');
    let isConnected = true;
    player.on('close', () => { isConnected = false; });
    const before = await tree();

    const next = copyTree(dir, '9.9.9');
    expect(await box.pinky(['up', '--daemonize'], next)).toMatchObject({
      code: 1,
      answer: { error: { code: 'already_running', message: expect.stringContaining('pinky upgrade') } },
    });
    const { code, answer } = await box.pinky(['upgrade'], next);
    expect([code, answer]).toEqual([
      0,
      expect.objectContaining({
        to: '9.9.9',
        games: before.servers.map(({ serverId, pid }) => ({ serverId, pid, isSame: true })),
      }),
    ]);
    expect(answer.steps.every((each: { ms: number }) => each.ms >= 0)).toBe(true);

    const after = await tree();
    expect(after.version).toBe('9.9.9');
    expect(after.servers.map(({ serverId, pid, state }) => ({ serverId, pid, state }))).toEqual(
      before.servers.map(({ serverId, pid, state }) => ({ serverId, pid, state })),
    );
    for (const [i, server] of after.servers.entries())
      expect(server.worker.pid).not.toBe(before.servers[i]?.worker.pid);
    const pidOf = (of: typeof before, role: string) => of.processes.find((one) => one.role === role)?.pid;
    expect(pidOf(after, 'redis-server')).toBe(pidOf(before, 'redis-server'));
    for (const role of ['supervisor', 'queue']) expect(pidOf(after, role)).not.toBe(pidOf(before, role));
    expect(readlinkSync(`/proc/${after.servers[0]?.pid}/cwd`)).toContain(box.home);
    expect(isConnected).toBe(true);
    // Commands reach the games through the new processes.
    expect(await box.pinky(['list', 'a'], next)).toMatchObject({ code: 0, answer: { serverId: 'a' } });
    expect(await box.pinky(['down'], next)).toMatchObject({ code: 0 });
    expect(box.processes()).toEqual([]);
  });

  const kinds = process.getuid?.() === 0 ? ['none', 'user', 'strict'] : ['none'];
  it.each(kinds)('needs nothing of the folder before for backups and launches: %s', async (isolation) => {
    writeFileSync(box.file('pinky.yml'), `${options}isolation: ${isolation}\n`);
    chmodSync(dir, 0o755); // a game's user reads its funpack there
    const before = copyTree(dir, '0.0.9');
    expect(await box.pinky(['up', '--daemonize'], before)).toMatchObject({ code: 0 });
    const { pid } = (await box.pinky(['start', 'a', '--funpack', 'emberhollow'], before)).answer;
    const games = [{ serverId: 'a', pid }];
    expect(await box.pinky(['upgrade'], root)).toMatchObject({ code: 0, answer: { games } });
    expect(await box.pinky(['backup', 'a'], root)).toMatchObject({ code: 0 });
    rmSync(before, { recursive: true });
    expect(await box.pinky(['backup', 'a'], root)).toMatchObject({ code: 0 });
    process.kill(pid, 'SIGKILL');
    await until('it plays again', async () => {
      const [server] = (await tree()).servers;
      return server?.state === 'up' && server.pid !== pid;
    });
    expect(readlinkSync(box.file('servers/a/funpack'))).toBe(join(root, 'funpacks/emberhollow'));
    expect((await box.pinky(['explain', 'a'])).answer).toMatchObject({ restarts: 1 });
  });

  it('is asked for where workers of another copy run on under a new supervisor', async () => {
    const before = copyTree(dir, '0.0.9');
    expect(await box.pinky(['up', '--daemonize'], before)).toMatchObject({ code: 0 });
    const { pid } = (await box.pinky(['start', 'a', '--funpack', 'emberhollow'], before)).answer;
    expect(await box.pinky(['down', '--detach'], before)).toMatchObject({ code: 0 });
    const text = `the worker of a runs the programs of ${before}, another copy of Pinky`;
    expect(await box.pinky(['up', '--daemonize'], root)).toMatchObject({ code: 0 });
    expect((await box.pinky(['ps'], root)).answer.notes).toContainEqual(expect.stringContaining(text));
    rmSync(before, { recursive: true });
    const removed = expect.stringContaining(`${text}, which was removed`);
    expect((await box.pinky(['ps'], root)).answer.notes).toContainEqual(removed);
    expect((await box.pinky(['doctor'], root)).answer.findings)
      .toContainEqual(expect.objectContaining({ name: 'version', found: removed }));
    expect(await box.pinky(['upgrade'], root)).toMatchObject({ code: 0, answer: { games: [{ serverId: 'a', pid }] } });
    expect((await box.pinky(['ps'], root)).answer.notes).not.toContainEqual(removed);
  });

  it('changes nothing if pinky.yml has a mistake, and needs a box that runs', async () => {
    expect(await box.pinky(['upgrade'])).toMatchObject({
      code: 3,
      answer: { error: { code: 'supervisor_unreachable' } },
    });
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    const before = await tree();
    writeFileSync(box.file('pinky.yml'), `${options}bogus: 1\n`);
    expect(await box.pinky(['upgrade'], root)).toMatchObject({
      code: 2,
      answer: { error: { code: 'bad_option', message: expect.stringContaining('pinky.yml:2: `bogus`') } },
    });
    expect((await tree()).processes).toEqual(
      before.processes.map((one) => expect.objectContaining({ role: one.role, pid: one.pid })),
    );
  });

  it('changes nothing if the home cannot be prepared for it', async () => {
    const servers = `${box.home}-servers`;
    const others = join(dir, 'home');
    const lines = `${options}servers: ${servers}\n`;
    try {
      writeFileSync(box.file('pinky.yml'), lines);
      expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
      const before = await tree();
      writeFileSync(box.file('pinky.yml'), `${lines}backups: /proc/none\n`);
      expect(await refusal()).toContain('the folder /proc/none cannot be made');
      writeFileSync(box.file('pinky.yml'), lines);
      mkdirSync(others);
      writeFileSync(join(others, 'effective.json'), '{}');
      writeFileSync(join(servers, '.home'), others);
      expect(await refusal()).toContain(`holds the servers of another home, ${others};`);
      expect((await tree()).processes).toEqual(
        before.processes.map((one) => expect.objectContaining({ role: one.role, pid: one.pid })),
      );
    } finally {
      rmSync(servers, { recursive: true, force: true });
    }
  });
});
