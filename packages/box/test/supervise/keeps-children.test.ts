import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trySignal } from '@pinky/supervisor';
import { compile, FakeBox } from '../fake-box';

beforeAll(compile);

describe('a supervisor and its children', () => {
  let box: FakeBox;
  beforeEach(() => { box = new FakeBox(); });
  afterEach(() => box.end());

  it('starts the queue and a worker for each server that exists, and lists them', async () => {
    await box.up('a', 'b');
    const { children, ...about } = await box.ps();
    expect(about).toMatchObject({
      box: 'test',
      version: '1.2.3',
      pid: box.supervisor!.pid,
      phase: 'running',
    });
    expect(children.map((c) => c.serverId ?? c.role).sort()).toEqual(['a', 'b', 'queue']);
    expect(children.find((c) => c.serverId === 'a')).toMatchObject({
      role: 'worker',
      state: 'running',
      restarts: 0,
      status: { players: ['eve'] },
      heartbeatAgeMs: expect.any(Number),
    });
    expect(readFileSync(`/proc/${box.supervisor!.pid}/cmdline`, 'utf8')).toContain(
      'pinky: supervisor [box test] 2 servers',
    );
  });

  it('starts a worker on request, once, and refuses a bad id', async () => {
    await box.up();
    const first = await box.request('ensureWorker', { serverId: 'new' });
    expect(first).toEqual({ pid: expect.any(Number) });
    expect(await box.request('ensureWorker', { serverId: 'new' })).toEqual(first);
    await expect(box.request('ensureWorker', { serverId: '../../etc' })).rejects.toMatchObject({
      code: 'bad_server_id',
    });
    await expect(box.request('dance')).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('says what the machine lacks where no worker can be forked, and forks one once there is room', async () => {
    await box.up();
    const { pid } = box.supervisor!;
    const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
    const [, second = 0] = Array.from({ length: 1_000 }, (_, fd) => fd).filter((fd) => !open.has(fd));
    // Room for the connection that asks, and none for the pipes of a child.
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${second + 1}:`]);
    await expect(box.request('ensureWorker', { serverId: 'new' })).rejects.toMatchObject({
      code: 'no_processes',
      message: expect.stringMatching(/^server new: its worker could not be started: .*EMFILE/) as string,
    });
    execFileSync('prlimit', ['--pid', String(pid), '--nofile=1024:']);
    expect(await box.request('ensureWorker', { serverId: 'new' })).toEqual({ pid: expect.any(Number) });
  });

  it('tries a worker that was lost again every second while there is no room, which is no crash loop', async () => {
    await box.up('a');
    const { pid } = box.supervisor!;
    const open = readdirSync(`/proc/${pid}/fd`).map(Number);
    // Room for the connections of this test, and none for the pipes of a child.
    const held = Array.from({ length: 1_000 }, (_, fd) => fd).filter((fd) => !open.includes(fd));
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${(held[0] ?? 0) + 1}:`]);
    trySignal((await box.pid('a'))!, 'SIGKILL');
    await box.until(async () => (await box.child('a'))?.notStarted?.includes('EMFILE') === true);
    await box.until(async () => ((await box.child('a'))?.restarts ?? 0) > 6);
    expect(box.log().match(/"error".*child\.exited.*EMFILE/g)).toHaveLength(1);
    expect(box.log()).not.toContain('child.crash_loop');
    execFileSync('prlimit', ['--pid', String(pid), '--nofile=1024:']);
    await box.until(async () => (await box.child('a'))?.status !== undefined);
    expect(await box.child('a')).not.toHaveProperty('notStarted');
  });

  it('writes its pid again into a pid file that somebody removed', async () => {
    await box.up();
    rmSync(box.paths.supervisorPid);
    await box.until(() => Number(readFileSync(box.paths.supervisorPid, 'utf8')) === box.supervisor!.pid);
    expect(box.log()).toContain('lock.restored');
    box.spawn();
    expect(await box.exit()).not.toBe(0);
  });

  it('leaves no empty log of a worker, whichever way it ends, nor one of earlier times', async () => {
    const logs = (): readonly string[] => readdirSync(box.paths.logDir).filter((name) => name.startsWith('worker-'));
    mkdirSync(box.paths.logDir);
    writeFileSync(join(box.paths.logDir, 'worker-before.log'), '');
    await box.up('killed', 'stays');
    await box.until(() => !logs().includes('worker-before.log'));
    expect(logs().toSorted()).toEqual(['worker-killed.log', 'worker-stays.log']);
    rmSync(join(box.servers, 'killed'), { recursive: true });
    trySignal((await box.pid('killed'))!, 'SIGKILL');
    await box.until(() => logs().join() === 'worker-stays.log');
    box.signal('SIGTERM');
    expect(await box.exit()).toBe(0);
    expect(logs()).toEqual([]);
  });

  it('starts a killed worker and a killed queue again', async () => {
    await box.up('a');
    const before = [await box.pid('a'), await box.pid('queue')];
    for (const pid of before) trySignal(pid!, 'SIGKILL');
    await box.until(async () => {
      const [worker, queue] = [await box.child('a'), await box.child('queue')];
      return !!worker?.status && !!queue?.pid && !before.includes(worker.pid) && !before.includes(queue.pid);
    });
    expect(await box.child('a')).toMatchObject({ restarts: 1 });
  });

  it('removes a worker whose server was stopped', async () => {
    await box.up('a', 'b');
    trySignal((await box.pid('a'))!, 'SIGTERM');
    await box.until(async () => (await box.child('a')) === undefined);
    expect(await box.pid('b')).toBeDefined();
  });

  it('keeps restarting a worker that crashes again and again, but slowly', async () => {
    box.trouble('crash', 'worker-a');
    mkdirSync(join(box.servers, 'a'));
    await box.up();
    await box.until(() => box.log().includes('child.crash_loop'));
    rmSync(join(box.home, 'crash-worker-a'));
    await box.until(async () => (await box.child('a'))?.status !== undefined);
  });

  it('ends a hung worker but not its game, and starts another worker', async () => {
    box.configure({
      worker: {
        heartbeatIntervalMs: 50,
        heartbeatTimeoutMs: 5_000, // a child on a busy machine boots within that
        gracefulKillTimeoutMs: 1_000,
        immediateKillTimeoutMs: 100,
      },
    });
    box.trouble('hangs', 'worker-a');
    await box.up('a');
    const pid = await box.pid('a');
    await box.until(async () => ![undefined, pid].includes(await box.pid('a')));
    expect(box.log()).toContain('child.stalled');
    expect(box.traced(/worker-a \d+ (TERM|QUIT)/)).toBe(false);
  });

  it('goes on if its log cannot be written', async () => {
    mkdirSync(box.paths.logDir, { recursive: true });
    const full = spawn('ln', ['-s', '/dev/full', join(box.paths.logDir, 'supervisor.log')]);
    await new Promise((resolve) => full.once('exit', resolve));
    await box.up('a');
    expect((await box.child('a'))?.status).toBeDefined();
  });
});
