import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { isAlive, identify } from '@pinky/supervisor';
import { compiled, compiledExamples, example, RunningServer } from '../server/running-server';

beforeAll(() => {
  compiled();
  compiledExamples();
});

let server: RunningServer;
beforeEach(() => (server = new RunningServer()));
afterEach(() => server.end());

async function read(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  await once(socket, 'close');
  return text;
}

describe('the examples', () => {
  it('simplest: works until TERM', async () => {
    server.start(example('simplest'));
    await server.logged(/Awesome work!/);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it('simplest, as a daemon: its pid file names it while it runs, and is gone afterwards', async () => {
    server.start(example('simplest'), [], { DAEMONIZE: '1' });
    expect(await server.exit()).toBe(0);
    const pidFile = join(server.directory, 'myserver.pid');
    const daemon = identify(Number(readFileSync(pidFile, 'utf8')));
    await server.logged(/Awesome work!/);
    process.kill(daemon!.pid, 'SIGTERM');
    await server.until(() => !isAlive(daemon!), 'the daemon to end');
    expect(() => readFileSync(pidFile)).toThrow('ENOENT');
  });

  it('multiprocess: four workers below a supervisor, with names', async () => {
    server.start(example('multiprocess'));
    for (const id of [0, 1, 2, 3]) await server.logged(new RegExp(`workerId=${id}`));
    const titles = server.pids.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ''));
    expect(titles.filter((title) => title.startsWith('myserver: worker')).sort()).toEqual(
      [0, 1, 2, 3].map((id) => `myserver: worker ${id}`),
    );
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(server.pids).toEqual([]);
  });

  it('TCP server: several processes answer on one port', async () => {
    server.start(example('tcp-server'), [], { PORT: '0' });
    const [, port = ''] = (await server.logged(/listening .*port=(\d+)/))[0] ?? [];
    let text = '';
    await server.until(
      async () => (text = await read(Number(port)).catch(() => '')) !== '',
      'the first worker to listen',
    );
    expect(text).toMatch(/^Awesome work by worker \d!\n$/);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it('spawn: a shell script\'s output is in the log, and TERM reaches the script', async () => {
    server.start(example('spawn'));
    await server.logged(/Awesome work by 0!/);
    await server.logged(/Awesome work by 1!/);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(server.log().match(/^bye$/gm)).toHaveLength(2);
  });

  it('reload from YAML: running workers get the new configuration', async () => {
    const config = (text: string): void => writeFileSync(join(server.directory, 'config.yml'), text);
    config('message: first\nsleep: 0.05\nworkers: 2\nworker_process_name: w\n');
    server.start(example('reload-from-yaml'));
    await server.logged(/first/, 2);
    config('message: second\nsleep: 0.05\nworkers: 2\n');
    server.signal('SIGUSR2');
    await server.logged(/second/, 4);
    expect(server.pids).toHaveLength(3);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it('live restart: a new worker begins before the old one has ended', async () => {
    server.start(example('live-restart'), [], { TASK_SECONDS: '3600' });
    await server.logged(/begins/);
    server.signal('SIGINT');
    await server.logged(/begins/, 2);
    expect(server.log()).not.toContain('ends');
  });

  it('live restart: the old worker finishes its task', async () => {
    server.start(example('live-restart'), [], { TASK_SECONDS: '0.1' });
    await server.logged(/begins/);
    server.signal('SIGINT');
    await server.logged(/ends/);
    await server.logged(/begins/, 2);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });
});
