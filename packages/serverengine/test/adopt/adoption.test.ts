import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '@pinky/supervisor';
import { compiled, RunningServer } from '../server/running-server';

const patient = resolve(__dirname, '../server/programs/patient.cjs');
const spawner = resolve(__dirname, '../server/programs/spawner.cjs');
beforeAll(compiled);

let server: RunningServer;
beforeEach(() => (server = new RunningServer()));
afterEach(() => server.end());

const stays = { atParentLoss: 'stay', adoptDir: 'adopt', workerHeartbeatInterval: 0.05 };
const start = (config: object = {}): RunningServer =>
  server.start(patient, [JSON.stringify({ workers: 2, ...stays, ...config })]);

async function workers(count: number): Promise<readonly ProcessIdentity[]> {
  const lines = await server.logged(/runs pid=(\d+)/, count);
  return lines.map(([, pid]) => identify(Number(pid))).filter((identity) => identity !== undefined);
}

/** Everything that servers have written down about their workers. */
function journals(): string {
  const dir = join(server.directory, 'adopt');
  return readdirSync(dir)
    .filter((name) => name.endsWith('.workers'))
    .map((name) => readFileSync(join(dir, name), 'utf8'))
    .join('');
}

/** Kills the server. */
async function killed(): Promise<void> {
  server.signal('SIGKILL');
  await server.exit();
}

describe('a server whose predecessor was killed', () => {
  it('takes over its worker processes, reloads them, and stops them', async () => {
    start();
    const before = await workers(2);
    await killed();
    start();
    await server.logged(/worker.adopted/, 2);
    expect(before.filter(isAlive)).toHaveLength(2);
    await server.until(() => {
      server.signal('SIGUSR2'); // again until their connections are there
      return (server.log().match(/reloaded/g) ?? []).length >= 2;
    }, 'both to reload');
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(before.filter(isAlive)).toHaveLength(0);
    expect(server.log().match(/ runs /g)).toHaveLength(2);
    expect(server.log().match(/ ends/g)).toHaveLength(2);
  });

  it('takes them over again and again', async () => {
    start();
    const before = await workers(2);
    for (const times of [2, 4, 6]) {
      await killed();
      start();
      await server.logged(/worker.adopted/, times);
    }
    expect(before.filter(isAlive)).toHaveLength(2);
    expect(server.log().match(/ runs /g)).toHaveLength(2);
  });

  it('replaces an adopted worker that is killed', async () => {
    start();
    const [first] = await workers(2);
    await killed();
    start();
    await server.logged(/worker.adopted/, 2);
    process.kill(first?.pid ?? 0, 'SIGKILL');
    await workers(3);
  });

  it('replaces an adopted worker that hangs', async () => {
    start();
    const [first] = await workers(2);
    await killed();
    // Only this server is impatient: under the first one a busy machine may take seconds to start a worker.
    start({ workerHeartbeatTimeout: 5, workerImmediateKillInterval: 0.1, workerImmediateKillTimeout: 0.2 });
    await server.logged(/worker.adopted/, 2);
    process.kill(first?.pid ?? 0, 'SIGSTOP');
    await server.logged(/worker.stalled/);
    await workers(3);
  });

  it('stops the workers that have no place any more', async () => {
    start();
    const before = await workers(2);
    await killed();
    start({ workers: 1 });
    await server.until(() => before.filter(isAlive).length === 1, 'one of them to end');
    await server.logged(/ ends/);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(before.filter(isAlive)).toHaveLength(0);
  });

  it('takes over spawned programs, and starts one again that ends', async () => {
    server.start(spawner, [JSON.stringify(stays)]);
    await server.until(() => server.log('started').split('\n').length === 3, 'both to start');
    const before = server
      .log('started')
      .trim()
      .split('\n')
      .map((pid) => identify(Number(pid)))
      .filter((identity) => identity !== undefined);
    await server.until(
      () => before.every(({ pid }) => journals().includes(`"pid":${pid},`)),
      'both to be written down',
    );
    await killed();
    server.start(spawner, [JSON.stringify(stays)]);
    await server.logged(/worker.adopted/, 2);
    expect(before.filter(isAlive)).toHaveLength(2);
    process.kill(before[0]?.pid ?? 0, 'SIGKILL');
    await server.until(() => server.log('started').split('\n').length === 4, 'a new one to start');
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(before.filter(isAlive)).toHaveLength(0);
  });

  it('leaves the workers of a living server alone', async () => {
    start();
    const before = await workers(2);
    const other = new RunningServer();
    try {
      other.start(patient, [JSON.stringify({ workers: 2, ...stays, adoptDir: `${server.directory}/adopt` })]);
      await other.logged(/runs/, 2);
      expect(other.log()).not.toContain('worker.adopted');
      expect(before.filter(isAlive)).toHaveLength(2);
    } finally {
      await other.end();
    }
  });
});

describe('a supervisor whose predecessor was killed', () => {
  it('starts a server that takes over the workers, after their own server has left without them', async () => {
    start({ supervisor: true });
    const before = await workers(2);
    await killed();
    await server.logged(/server.orphaned/);
    await server.until(() => server.pids.length === 2, 'the old server to leave');
    expect(before.filter(isAlive)).toHaveLength(2);
    start({ supervisor: true });
    await server.logged(/worker.adopted/, 2);
    expect(before.filter(isAlive)).toHaveLength(2);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(before.filter(isAlive)).toHaveLength(0);
    expect(server.log().match(/ runs /g)).toHaveLength(2);
  });
});
