import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dumpPath } from '@pinky/supervisor';
import { compiled, RunningServer } from './running-server';

const notes = resolve(__dirname, 'programs/notes.cjs');
beforeAll(compiled);

let server: RunningServer;
beforeEach(() => (server = new RunningServer()));
afterEach(() => server.end());

const configure = (config: object): void =>
  writeFileSync(join(server.directory, 'config.json'), JSON.stringify(config));
const start = (config: object): RunningServer => {
  configure(config);
  return server.start(notes);
};
const count = (pattern: RegExp): number => [...server.log().matchAll(new RegExp(pattern, 'g'))].length;

describe('CONT to the top process', () => {
  it.each(['embedded', 'thread', 'process', 'spawn'])(
    'has supervisor and server dumped, with workers of type %s',
    async (workerType) => {
      start({ workerType, supervisor: true });
      await server.logged(/worker.runs/);
      server.signal('SIGCONT');
      const [, pid = ''] = (await server.logged(/server.dump where=(\d+)/))[0] ?? [];
      expect(Number(pid)).not.toBe(server.pid);
      const files = [server.pid, Number(pid)].map((each) => dumpPath(each));
      await server.until(() => files.every((file) => existsSync(file)), 'both dumps');
      for (const file of files) rmSync(file);
      server.signal('SIGTERM');
      expect(await server.exit()).toBe(0);
    },
  );

  it('reaches the server over the channel too', async () => {
    start({ workerType: 'process', supervisor: true, commandSender: 'pipe' });
    await server.logged(/worker.runs/);
    server.signal('SIGCONT');
    const [, pid = ''] = (await server.logged(/server.dump where=(\d+)/))[0] ?? [];
    await server.until(() => existsSync(dumpPath(Number(pid))), 'the dump');
    for (const each of [server.pid, Number(pid)]) rmSync(dumpPath(each), { force: true });
  });

  it('writes no dump of either with disableSigdump', async () => {
    start({ workerType: 'process', supervisor: true, disableSigdump: true });
    await server.logged(/worker.runs/);
    server.signal('SIGCONT');
    const [, pid = ''] = (await server.logged(/server.dump where=(\d+)/))[0] ?? [];
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect([server.pid, Number(pid)].map((each) => existsSync(dumpPath(each)))).toEqual([false, false]);
  });
});

describe('the log of a stop', () => {
  it.each(['embedded', 'thread', 'process', 'spawn'])(
    'has the order first, then what the worker says of it, with type %s',
    async (workerType) => {
      start({ workerType, saysStop: true });
      await server.logged(/worker.runs/);
      server.signal('SIGTERM');
      expect(await server.exit()).toBe(0);
      const said = [...server.log().matchAll(/server\.stop|worker\.stop|server\.afterRun/g)].map(([word]) => word);
      expect(said).toEqual(['server.stop', 'worker.stop', 'server.afterRun']);
    },
  );
});

describe('a restart that leaves no worker', () => {
  it.each([
    ['SIGUSR1', 'process', false],
    ['SIGHUP', 'process', false],
    ['SIGUSR1', 'thread', false],
    ['SIGHUP', 'spawn', false],
    ['SIGHUP', 'process', true],
    ['SIGUSR1', 'thread', true],
    ['SIGUSR1', 'spawn', true],
  ] as const)('ends the server with afterRun: %s, type %s, supervisor %s', async (signal, workerType, supervisor) => {
    start({ workerType, workers: 2, supervisor });
    await server.logged(/worker.runs/, 2);
    configure({ workerType, workers: 0, supervisor });
    server.signal(signal);
    expect(await server.exit()).toBe(0);
    expect(count(/server.afterRun/)).toBe(1);
  });

  it('ends it, and the supervisor, if the server\'s process is replaced too', async () => {
    const config = { workerType: 'process', supervisor: true, restartServerProcess: true };
    start(config);
    await server.logged(/worker.runs/);
    configure({ ...config, workers: 0 });
    server.signal('SIGUSR1');
    expect(await server.exit()).toBe(0);
    expect(count(/server.afterRun/)).toBe(1);
  });

  it('ends it even if a reload had taken the workers away before', async () => {
    start({ workerType: 'process', workers: 1 });
    await server.logged(/worker.runs/);
    configure({ workerType: 'process', workers: 0 });
    server.signal('SIGUSR2');
    await server.logged(/worker.finished/);
    expect(count(/server.afterRun/)).toBe(0);
    server.signal('SIGUSR1');
    expect(await server.exit()).toBe(0);
    expect(count(/server.afterRun/)).toBe(1);
  });
});

describe('a reload that leaves no worker', () => {
  it.each([
    ['process', false],
    ['thread', false],
    ['spawn', false],
    ['spawn', true],
  ])('lets the server wait for one that brings them back: type %s, supervisor %s', async (workerType, supervisor) => {
    start({ workerType, supervisor });
    await server.logged(/worker.runs/);
    configure({ workerType, supervisor, workers: 0 });
    server.signal('SIGUSR2');
    await server.logged(workerType === 'thread' ? /worker.stop/ : /worker.finished/);
    configure({ workerType, supervisor, workers: 1 });
    server.signal('SIGUSR2');
    await server.logged(/worker.runs/, 2);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(count(/server.afterRun/)).toBe(1);
  });
});

describe('a worker that a restart scales away', () => {
  it.each([
    ['SIGHUP', 0, /worker.finished workerId=1 how="signal SIGQUIT"/],
    ['SIGUSR1', 2, /worker.finished workerId=1 how="exit code 0"/],
  ] as const)('leaves as the others do: %s calls stop %i times', async (signal, stops, how) => {
    start({ workerType: 'process', workers: 2 });
    await server.logged(/worker.runs/, 2);
    configure({ workerType: 'process', workers: 1 });
    server.signal(signal);
    await server.logged(how);
    await server.logged(/worker.runs/, 3);
    expect(count(/worker.stop/)).toBe(stops);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });
});

describe('QUIT while a worker\'s stop blocks', () => {
  it.each(['process', 'thread'])('ends a worker of type %s at once', async (workerType) => {
    start({ workerType, blocks: 600 });
    await server.logged(/worker.runs/);
    server.signal('SIGTERM');
    await server.logged(/worker.stop/);
    server.signal('SIGQUIT');
    expect(await server.exit()).toBe(0);
    expect([count(/worker.stop/), count(/server.afterRun/)]).toEqual([1, 1]);
  });

  it('ends an embedded worker as soon as its thread is free, and does not call stop again', async () => {
    start({ workerType: 'embedded', blocks: 1 });
    await server.logged(/worker.runs/);
    server.signal('SIGTERM');
    await server.logged(/worker.stop/);
    server.signal('SIGQUIT');
    expect(await server.exit()).toBe(0);
    expect([count(/worker.stop/), count(/server.afterRun/)]).toEqual([1, 1]);
  });
});

describe('initialize', () => {
  it('is called of classes: of the server once, of a worker in the server and where it runs', async () => {
    start({ workerType: 'process' });
    const [, runsIn = ''] = (await server.logged(/worker.runs id=0 where=(\d+)/))[0] ?? [];
    expect(server.log().match(/(?:server|worker)\.(?:initialize|beforeRun|runs).*$/gm)).toEqual([
      `server.initialize where=${server.pid}`,
      'server.beforeRun',
      `worker.initialize id=0 where=${server.pid}`,
      `worker.initialize id=0 where=${runsIn}`,
      `worker.runs id=0 where=${runsIn}`,
    ]);
  });

  it.each([
    ['embedded', 1],
    ['thread', 2],
  ])('is called of a worker of type %s %i times', async (workerType, times) => {
    start({ workerType });
    await server.logged(/worker.runs/);
    expect(count(/worker.initialize/)).toBe(times);
  });
});

describe('the rungs of the ladder', () => {
  it('KILL comes at its own time, not with the next QUIT', async () => {
    start({
      workerType: 'spawn',
      ignoresAll: true,
      workerImmediateKillInterval: 3600,
      workerImmediateKillTimeout: 0.5,
    });
    await server.logged(/worker.runs/);
    server.signal('SIGQUIT');
    expect(await server.exit()).toBe(0);
    expect(server.log()).toMatch(/worker.finished workerId=0 how="signal SIGKILL"/);
  });
});

describe('a signal during the boot', () => {
  const signals = ['SIGUSR2', 'SIGHUP', 'SIGUSR1'] as const;
  it.each(signals)('%s does not end a program that makes a server', async (signal) => {
    const program = join(server.directory, 'early.cjs');
    writeFileSync(
      program,
      `const engine = require(${JSON.stringify(resolve(__dirname, '../../dist'))});
process.kill(process.pid, '${signal}');
const until = Date.now() + 300;
while (Date.now() < until); // modules that take their time
void engine.createServer(null, {
  async run() {
    const timer = setInterval(() => undefined, 1000);
    this.logger.info({ event: 'runs' });
    await new Promise((resolve) => { this.end = resolve; });
    clearInterval(timer);
  },
  stop() { this.end(); },
}, { log: 'myserver.log' }).run();`,
    );
    server.start(program);
    await server.logged(/runs/);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it('still ends a program that makes none', async () => {
    const program = join(server.directory, 'none.cjs');
    writeFileSync(
      program,
      `require(${JSON.stringify(resolve(__dirname, '../../dist'))});
process.kill(process.pid, 'SIGHUP');
setTimeout(() => undefined, 600_000);`,
    );
    expect(await server.start(program).exit()).toBe('SIGHUP');
  });
});

describe('a bad log', () => {
  it.each([
    [{ logLevel: 'verbose' }, /bad logLevel "verbose": one of trace/],
    [{ log_level: 'WARN' }, /bad log_level "WARN"/],
    [{ logLevel: 7 }, /bad logLevel 7/],
    [{ log: '.' }, /EISDIR/],
    [{ log: 'missing/log' }, /ENOENT/],
    [{ log: 'new/' }, /EISDIR: new\/ names a folder/],
    [{ log: 'pipe' }, /nobody reads the pipe/],
  ])('fails before anything runs, as a daemon too: %j', async (config, words) => {
    execFileSync('mkfifo', [join(server.directory, 'pipe')]);
    for (const daemonize of [false, true]) {
      configure({ workerType: 'process', daemonize, pidPath: 'pid', ...config });
      server.start(notes);
      expect(await server.exit()).toBe(1);
      expect(server.output).toMatch(words);
      await server.until(() => server.pids.length === 0, 'nothing to run');
      expect([server.log(), existsSync(join(server.directory, 'pid'))]).toEqual(['', false]);
      server.output = '';
    }
  });

  it('changes nothing if a reload brings it: a pipe that nobody reads', async () => {
    start({ workerType: 'process' });
    await server.logged(/worker.runs/);
    execFileSync('mkfifo', [join(server.directory, 'pipe')]);
    configure({ workerType: 'process', log: 'pipe' });
    server.signal('SIGUSR2');
    await server.logged(/log.unchanged .*nobody reads the pipe/);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(count(/server.afterRun/)).toBe(1);
  });
});
