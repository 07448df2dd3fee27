import { existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { identify, isAlive } from '@pinky/supervisor';
import { compiled, RunningServer } from '../server/running-server';

const patient = resolve(__dirname, '../server/programs/patient.cjs');
beforeAll(compiled);

let server: RunningServer;
beforeEach(() => (server = new RunningServer()));
afterEach(() => server.end());
const start = (config: object): RunningServer => server.start(patient, [JSON.stringify(config)]);
const workerPid = async (): Promise<number> => Number((await server.logged(/runs pid=(\d+)/))[0]?.[1]);

/** Whether a process still has its heartbeat pipe or its channel, descriptors 3 and 4. */
const isTied = (pid: number): boolean =>
  [3, 4].some((fd) => {
    try {
      return /^(pipe|socket):/.test(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false; // closed
    }
  });

describe('a server', () => {
  it('obeys QUIT at once, even during a graceful stop whose next TERM is far away', async () => {
    start({ takes: 3600, workerGracefulKillInterval: 3600 });
    await workerPid();
    server.signal('SIGTERM');
    await server.logged(/asked/);
    server.signal('SIGQUIT');
    expect(await server.exit()).toBe(0);
    expect(server.log()).toMatch(/worker.finished workerId=0 how="signal SIGQUIT"/);
  });

  it('obeys TERM while it waits to start the next worker', async () => {
    start({ workers: 2, startWorkerDelay: 3600 });
    await workerPid();
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(server.log().match(/ runs /g)).toHaveLength(1);
  });

  it('obeys TERM while it waits to start a worker again', async () => {
    start({ exitsWith: 3, restartWorkerInterval: 3600 });
    await server.logged(/worker.exitedUnexpectedly workerId=0 how="exit code 3"/);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(server.log().match(/ runs /g)).toHaveLength(1);
  });

  it('ends with the unrecoverable exit code of its worker', async () => {
    start({ exitsWith: 3, unrecoverableExitCodes: [3] });
    expect(await server.exit()).toBe(3);
    expect(server.log().match(/ runs /g)).toHaveLength(1);
  });

  it('waits longer and longer before it starts a failing worker again, by default', async () => {
    start({ exitsWith: 3 });
    const lines = await server.logged(/(\S+ \S+) \+0000 \[error\]: worker.exitedUnexpectedly/, 5);
    const [first = 0, , , , fifth = 0] = lines.map(([, time]) => Date.parse(time ?? ''));
    expect(fifth - first).toBeGreaterThanOrEqual((100 + 200 + 400) / 2); // jitter takes away at most half of a pause
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it.each(['thread', 'embedded'])('leaves behind a worker of type %s that ignores every stop', async (workerType) => {
    start({ workerType, isDeaf: true, workerImmediateKillInterval: 0.1 });
    await workerPid();
    server.signal('SIGTERM');
    await server.logged(/asked/);
    server.signal('SIGQUIT');
    expect(await server.exit()).toBe(0);
  });

  it('says before anything runs that a worker process needs the path of a module', async () => {
    start({ givesObject: true });
    expect(await server.exit()).toBe(1);
    expect(server.output).toMatch(/worker type process needs the worker as the path of a module/);
  });

  it('tells a worker thread that asks for a shared socket that only processes can have one', async () => {
    start({ workerType: 'thread', listens: true });
    await server.logged(/worker.failed.*worker threads share no sockets/);
  });

  it.each([
    [{ daemonize: true, pidPath: '/nowhere/at/all.pid' }, 7],
    [{ daemonize: true, chuser: 'nobody-of-this-name' }, 7],
    [{ chuser: 'nobody-of-this-name' }, 7],
    [{ workers: 'many' }, 1],
  ])('fails with its exit code before anything runs: %j', async (config, code) => {
    start({ daemonizeErrorExitCode: 7, ...config });
    expect(await server.exit()).toBe(code);
    expect(existsSync(join(server.directory, 'myserver.log')) ? server.log() : '').not.toContain('runs');
    await server.until(() => server.pids.length === 0, 'the daemon that reported to the launcher to be gone too');
  });

  it('runs worker processes if the program\'s packages are symbolic links, as with pnpm or workspaces', async () => {
    mkdirSync(join(server.directory, 'node_modules/@pinky'), { recursive: true });
    symlinkSync(resolve(__dirname, '../..'), join(server.directory, 'node_modules/@pinky/serverengine'));
    const program = join(server.directory, 'patient.cjs');
    writeFileSync(program, readFileSync(patient, 'utf8').replace('../../../dist', '@pinky/serverengine'));
    server.start(program, [JSON.stringify({ log: null })]);
    await server.until(() => / runs | failed/.test(server.output), 'the worker to run');
    expect(server.output).not.toContain('failed');
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it('logs through winston if it is told to', async () => {
    start({ workerType: 'embedded', withWinston: true });
    await workerPid();
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(server.log()).toMatch(/\[info\]: ends/);
  });
});

describe('a worker whose server was killed', () => {
  it('finishes its work in hand and leaves', async () => {
    start({});
    const worker = identify(await workerPid())!;
    server.signal('SIGKILL');
    await server.until(() => !isAlive(worker), 'the worker to leave');
    expect(server.log()).toMatch(/worker.orphaned[^]*ends/);
  });

  it('stays if it is told to', async () => {
    start({ atParentLoss: 'stay', workerHeartbeatInterval: 0.02 });
    const worker = identify(await workerPid())!;
    server.signal('SIGKILL');
    await server.exit();
    await server.until(() => !isTied(worker.pid), 'the worker to notice');
    renameSync(join(server.directory, 'myserver.log'), join(server.directory, 'before.log'));
    process.kill(worker.pid, 'SIGUSR2'); // there is no server to ask, so it only opens its log again
    await server.until(() => existsSync(join(server.directory, 'myserver.log')), 'the worker to answer');
    expect(isAlive(worker)).toBe(true);
    expect(server.log('before.log') + server.log()).not.toMatch(/asked|ends/);
  });
});

describe('a supervisor', () => {
  it('reaches its server over the channel if signals must not be used', async () => {
    start({ supervisor: true, commandSender: 'pipe' });
    await workerPid();
    server.signal('SIGUSR2');
    await server.logged(/reloaded/);
    server.signal('SIGUSR1');
    await server.logged(/runs/, 2);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(server.pids).toEqual([]);
  });

  it('starts a killed server again, after whose death the worker has left', async () => {
    start({ supervisor: true, serverRestartWait: 0.1 });
    const worker = identify(await workerPid())!;
    const serverPid = server.pids.find((pid) => pid !== server.pid && pid !== worker.pid)!;
    process.kill(serverPid, 'SIGKILL');
    await server.logged(/runs/, 2);
    await server.until(() => !isAlive(worker), 'the old worker to leave');
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it('obeys TERM while it waits to start its server again', async () => {
    start({ supervisor: true, serverRestartWait: 3600 });
    const worker = identify(await workerPid());
    if (!worker) throw new Error('no worker');
    const serverPid = server.pids.find((pid) => pid !== server.pid && pid !== worker.pid) ?? 0;
    process.kill(serverPid, 'SIGKILL');
    await server.logged(/server.finishedUnexpectedly/);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it('starts the next server at a live restart even if the old one leaves quickly', async () => {
    start({ supervisor: true });
    await workerPid();
    server.signal('SIGINT');
    await server.logged(/runs/, 2);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it('takes its server and workers along, gracefully, when it is killed', async () => {
    start({ supervisor: true });
    await workerPid();
    server.signal('SIGKILL');
    await server.until(() => server.pids.length === 0, 'server and worker to leave');
    expect(server.log()).toMatch(/server.orphaned[^]*ends/);
  });
});
