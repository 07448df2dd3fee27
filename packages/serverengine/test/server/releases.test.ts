import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LiveRelease } from '../../src/process/live-release';
import { compiled, RunningServer } from './running-server';

beforeAll(compiled);

let server: RunningServer;
beforeEach(() => (server = new RunningServer()));
afterEach(() => server.end());

const library = resolve(__dirname, '../../dist');
const program = (release: number): string => `
const { createServer, Worker } = require(${JSON.stringify(library)});
class Present extends Worker {
  async run() {
    this.logger.info({ event: 'runs', release: ${release}, from: __dirname });
    const timer = setInterval(() => undefined, 1000);
    await new Promise((resolve) => { this.end = resolve; });
    clearInterval(timer);
  }
  stop() { this.end(); }
  spawn(manager) { manager.spawn('sh', '-c', 'echo runs release=${release}; exec sleep 600'); }
}
module.exports = Present;
if (require.main === module) void createServer(null, __filename, JSON.parse(process.argv[2])).run();
`;

function release(number: number): void {
  const folder = join(server.directory, 'releases', String(number));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'server.cjs'), program(number));
  symlinkSync(join('releases', String(number)), join(server.directory, 'next'));
  renameSync(join(server.directory, 'next'), join(server.directory, 'current'));
}

const configuration = (config: object): string =>
  JSON.stringify({ log: join(server.directory, 'myserver.log'), workers: 1, ...config });

describe('a server that was started through the link of its release', () => {
  it.each([
    ['process', {}],
    ['thread', {}],
    ['spawn', {}],
    ['process', { supervisor: true }],
    ['process', { supervisor: true, restartServerProcess: true, serverRestartWait: 0 }],
  ])('starts workers of type %s from the next release at USR1, also once the old one is removed: %j', async (
    workerType,
    config,
  ) => {
    release(1);
    server.start(join(server.directory, 'current/server.cjs'), [configuration({ workerType, ...config })]);
    await server.logged(/runs release=1/);
    release(2);
    server.signal('SIGUSR1');
    await server.logged(/runs release=2/);
    release(3);
    for (const old of ['1', '2']) rmSync(join(server.directory, 'releases', old), { recursive: true });
    server.signal('SIGUSR1');
    await server.logged(/runs release=3/);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(server.log()).not.toContain('failed');
  });

  it.each([
    { workerType: 'process' },
    { workerType: 'thread' },
    { workerType: 'process', supervisor: true, restartServerProcess: true, serverRestartWait: 0 },
  ])(
    'does so too if it was started inside the linked folder: %j',
    async (config) => {
      release(1);
      const link = join(server.directory, 'current');
      server.start('server.cjs', [configuration(config)], { PWD: link }, link);
      await server.logged(/runs release=1/);
      release(2);
      rmSync(join(server.directory, 'releases/1'), { recursive: true });
      server.signal('SIGUSR1');
      await server.logged(/runs release=2/);
      server.signal('SIGTERM');
      expect(await server.exit()).toBe(0);
    },
  );
});

describe('a file of a release', () => {
  it('keeps its path if no link leads to it, or the present release does not have it', () => {
    release(1);
    const [link, real] = [join(server.directory, 'current'), join(server.directory, 'releases/1')];
    const linked = new LiveRelease(join(link, 'server.cjs'), { cwd: '/', logicalCwd: '/' });
    const plain = new LiveRelease(join(real, 'server.cjs'), { cwd: '/', logicalCwd: '/' });
    writeFileSync(join(real, 'only-old.cjs'), '');
    release(2);
    const present = join(server.directory, 'releases/2/server.cjs');
    expect(linked.fileOf(join(real, 'server.cjs'))).toBe(present);
    expect(linked.fileOf(join(real, 'only-old.cjs'))).toBe(join(real, 'only-old.cjs'));
    expect(linked.fileOf('/usr/bin/node')).toBe('/usr/bin/node');
    expect(plain.fileOf(join(real, 'server.cjs'))).toBe(join(real, 'server.cjs'));
    expect([linked.inWorkingFolder, plain.inWorkingFolder]).toEqual([{}, {}]);
  });
});
