import { join, resolve } from 'node:path';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { identify, isAlive } from '@pinky/supervisor';
import { compiled, RunningServer } from '../server/running-server';

const patient = resolve(__dirname, '../server/programs/patient.cjs');
beforeAll(compiled);

let server: RunningServer;
beforeEach(() => (server = new RunningServer()));
afterEach(() => server.end());
const start = (config: object): RunningServer => server.start(patient, [JSON.stringify(config)]);
const workerPid = async (): Promise<number> => Number((await server.logged(/runs pid=(\d+)/))[0]?.[1]);

describe('a server', () => {
  it('obeys QUIT during a graceful stop at once, whatever the next TERM\'s time', async () => {
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

  it('ends with the code of a worker that cannot be helped', async () => {
    start({ exitsWith: 3, unrecoverableExitCodes: [3] });
    expect(await server.exit()).toBe(3);
    expect(server.log().match(/ runs /g)).toHaveLength(1);
  });

  it('pauses longer and longer before it starts a failing worker again, by default', async () => {
    start({ exitsWith: 3 });
    const lines = await server.logged(/(\S+ \S+) \+0000 \[error\]: worker.exitedUnexpectedly/, 5);
    const [first = 0, , , , fifth = 0] = lines.map(([, time]) => Date.parse(time ?? ''));
    expect(fifth - first).toBeGreaterThanOrEqual((100 + 200 + 400) / 2); // jitter takes half of a pause at most
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it.each(['thread', 'embedded'])('leaves a worker of type %s behind that ignores every stop', async (workerType) => {
    start({ workerType, isDeaf: true, workerImmediateKillInterval: 0.1 });
    await workerPid();
    server.signal('SIGTERM');
    await server.logged(/asked/);
    server.signal('SIGQUIT');
    expect(await server.exit()).toBe(0);
  });

  it('says that a process needs the path of a module, before anything runs', async () => {
    start({ givesObject: true });
    expect(await server.exit()).toBe(1);
    expect(server.output).toMatch(/worker type process needs the worker as the path of a module/);
  });

  it('says to a worker thread that asks for a shared socket that only processes have them', async () => {
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
    await server.until(() => server.pids.length === 0, 'the daemon that told the launcher is gone too');
  });

  it('runs worker processes of a program whose packages are symbolic links, as pnpm and workspaces make ' +
    'them', async () => {
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

  it('logs through winston where it is told to', async () => {
    start({ workerType: 'embedded', withWinston: true });
    await workerPid();
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(server.log()).toMatch(/\[info\]: ends/);
  });
});

describe('a worker whose server was killed', () => {
  it('leaves, having finished what it has in hand', async () => {
    start({});
    const worker = identify(await workerPid())!;
    server.signal('SIGKILL');
    await server.until(() => !isAlive(worker), 'the worker to leave');
    expect(server.log()).toMatch(/worker.orphaned[^]*ends/);
  });

  it('stays where it is told to', async () => {
    start({ atParentLoss: 'stay', workerHeartbeatInterval: 0.02 });
    const worker = identify(await workerPid())!;
    server.signal('SIGKILL');
    await server.exit();
    process.kill(worker.pid, 'SIGUSR2'); // answers nobody any more, and takes no harm
    await new Promise((done) => setTimeout(done, 300)); // beats go on meanwhile, to nobody
    expect(isAlive(worker)).toBe(true);
    expect(server.log()).not.toContain('asked');
  });
});

describe('a supervisor', () => {
  it('tells its server over the channel where signals are not to be used', async () => {
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

  it('starts a killed server again, whose old worker has left', async () => {
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

  it('whose server leaves quickly at a live restart starts the next one', async () => {
    start({ supervisor: true });
    await workerPid();
    server.signal('SIGINT');
    await server.logged(/runs/, 2);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it('that is killed takes its server and workers along, gracefully', async () => {
    start({ supervisor: true });
    await workerPid();
    server.signal('SIGKILL');
    await server.until(() => server.pids.length === 0, 'server and worker to leave');
    expect(server.log()).toMatch(/server.orphaned[^]*ends/);
  });
});
