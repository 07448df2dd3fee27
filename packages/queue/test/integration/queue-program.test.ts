import { existsSync, lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { boxPaths, requestOnce } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { FakeSupervisor } from '../support/box.js';
import type { Answer, FakeWorker } from '../support/fake-worker.js';
import { QueueProcess, QueueProgramFile } from '../support/queue-process.js';
import { queueSetup } from '../support/queue-setup.js';

const setup = queueSetup({
  end: async () => {
    for (const each of processes) await each.end('SIGKILL');
  },
  change: {
    worker: {
      heartbeatIntervalMs: 50,
      heartbeatTimeoutMs: 1,
      gracefulKillTimeoutMs: 1,
      immediateKillTimeoutMs: 1,
    },
  },
});
const { keys, redis } = setup;
const program = new QueueProgramFile();
let jobs: Queue;
let processes: QueueProcess[];

const queue = async (): Promise<QueueProcess> => {
  const started = new QueueProcess(program, setup.box.home);
  processes.push(started);
  await started.beat();
  return started;
};

const worker = (serverId: string, answer?: Answer): Promise<FakeWorker> =>
  setup.knownWorker(serverId, answer && { answer });
const log = (): string => readFileSync(join(boxPaths(setup.box.home).logDir, 'queue.log'), 'utf8');
const logged = (event: string): Promise<unknown> => until(`the log holds ${event}`, () => log().includes(event));

const messages = (game: FakeWorker): unknown[] =>
  game.commands.map((command) => 'message' in command.data && Number(command.data.message));
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

beforeAll(() => program.make());
afterAll(() => program.remove());

beforeEach(() => {
  processes = [];
  jobs = new Queue('pinky-1', { connection: { path: redis.socket, password: redis.password } });
});

afterEach(() => jobs.close());

it('shows itself under its title and sends heartbeats', async () => {
  const running = await queue();
  await running.beat();
  expect(readFileSync(`/proc/${running.child.pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()).toBe(
    'pinky: queue [box 1] pinky-1',
  );
});

it('exits 4 while another queue serves the home, and serves once that was killed', async () => {
  const first = await queue();
  const second = new QueueProcess(program, setup.box.home);
  expect(await second.exited).toEqual({ code: 4, signal: null });
  await first.end('SIGKILL');
  await queue();
});

it('sets the box down and exits 0 on TERM', async () => {
  const { box, client } = setup;
  const running = await queue();
  await until('the box is up', async () => (await client.get(keys.boxState)) === 'up');
  expect(await running.end('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(await client.get(keys.boxState)).toBe('down');
  expect(existsSync(boxPaths(box.home).queueSocket)).toBe(false);
});

it('finishes what it has in hand and leaves the box up on INT', async () => {
  const { client } = setup;
  const running = await queue();
  let release = (): void => undefined;
  const game = await worker(
    'a',
    () =>
      new Promise((resolve) => {
        release = () => resolve({ serverId: 'a', state: 'up' });
      }),
  );
  const job = await jobs.add('list', { serverId: 'a' });
  await game.until(() => game.commands.length === 1);
  running.child.kill('SIGINT');
  await logged('queue.ending');
  await jobs.add('list', { serverId: 'a' });
  release();
  expect(await running.exited).toEqual({ code: 0, signal: null });
  expect(await job.getState()).toBe('completed');
  expect(await client.get(keys.boxState)).toBe('up');
  expect(game.commands).toHaveLength(1);
});

it('leaves at once for a successor on HUP, and gracefully when the supervisor says shutdown', async () => {
  const first = await queue();
  expect(await first.end('SIGHUP')).toEqual({ code: 3, signal: null });
  const supervisor = new FakeSupervisor(setup.box.home, () => undefined);
  await supervisor.start();
  const second = await queue();
  await until('the queue says hello', () => supervisor.peers.length > 0);
  supervisor.peers[0]?.send({ type: 'shutdown' });
  expect(await second.exited).toEqual({ code: 3, signal: null });
  await supervisor.stop();
});

it('dumps into a file of its own, never through a link that somebody planted in /tmp', async () => {
  const { box } = setup;
  const running = await queue();
  const dump = `/tmp/sigdump-${running.child.pid}.log`;
  const precious = join(box.home, 'precious');
  writeFileSync(precious, 'mine');
  symlinkSync(precious, dump);
  running.child.kill('SIGCONT');
  await until(
    'the dump is whole',
    () => lstatSync(dump, { throwIfNoEntry: false })?.isFile() === true && readFileSync(dump, 'utf8').endsWith('}\n'),
  );
  rmSync(dump);
  expect(readFileSync(precious, 'utf8')).toBe('mine');
});

it('reloads on USR2 and dumps on CONT, without a secret', async () => {
  const { box } = setup;
  const running = await queue();
  writeFileSync(
    boxPaths(box.home).effectiveConfig,
    JSON.stringify({ ...box.config, heartbeatIntervalMs: 100, version: '9.9.9' }),
  );
  running.child.kill('SIGUSR2');
  running.child.kill('SIGCONT');
  const dump = `/tmp/sigdump-${running.child.pid}.log`;
  await until('the dump is whole', () => existsSync(dump) && readFileSync(dump, 'utf8').endsWith('}\n'));
  expect(JSON.parse(readFileSync(dump, 'utf8'))).toMatchObject({ facts: { redis: expect.any(String) } });
  expect(readFileSync(dump, 'utf8')).not.toContain(redis.password);
  rmSync(dump);
  await logged('queue.reloaded');
});

it('keeps the password out of its log while Redis cannot be reached or refuses it', async () => {
  const { box } = setup;
  writeFileSync(
    boxPaths(box.home).effectiveConfig,
    JSON.stringify({ ...box.config, redis: `unix://:wrong-secret@${redis.socket}` }),
  );
  await queue();
  await logged('redis.away');
  expect(log()).not.toContain('wrong-secret');
  expect(await requestOnce({ path: boxPaths(box.home).queueSocket }, 'servers', {}, { deadlineMs: 5_000 })).toEqual([]);
});

it('takes up at once what its killed predecessor had in hand, and the worker runs it once', async () => {
  const { client } = setup;
  const first = await queue();
  const release: (() => void)[] = [];
  const game = await worker(
    'a',
    () =>
      new Promise((resolve) => {
        release.push(() => resolve({ serverId: 'a', state: 'up' }));
      }),
  );
  const job = await jobs.add('backup', { serverId: 'a' });
  await client.lpush(keys.inbox, JSON.stringify({ name: 'backup', serverId: 'a' }));
  await game.until(() => game.asked === 2);
  await first.end('SIGKILL');
  await queue();
  await game.until(() => game.asked === 4);
  for (const each of release) each();
  await until(
    'both are answered',
    async () => (await job.getState()) === 'completed' && (await client.llen(keys.answers)) === 1,
  );
  expect(game.commands).toHaveLength(2);
});

it('runs numbered commands once each and in order, by queue and list, while it is killed again and again', async () => {
  const { client } = setup;
  let running = await queue();
  const [byJob, byList] = await Promise.all([worker('job'), worker('list')]);
  for (const n of upTo(600)) {
    await jobs.add('broadcast', { serverId: 'job', message: String(n) });
    await client.lpush(keys.inbox, JSON.stringify({ name: 'broadcast', serverId: 'list', message: String(n) }));
    if (n % 150 === 149) {
      await running.end('SIGKILL');
      running = await queue();
    }
  }
  await until(
    'every command is answered',
    async () => (await jobs.getCompletedCount()) === 600 && (await client.llen(keys.answers)) === 600,
  );
  expect(messages(byJob)).toEqual(upTo(600));
  expect(messages(byList)).toEqual(upTo(600));
  const answered = (await client.lrange(keys.answers, 0, -1)).map(
    (text) => (JSON.parse(text) as { command: string }).command,
  );
  expect(new Set(answered).size).toBe(600);
  expect(await jobs.getFailedCount()).toBe(0);
  const lists = [keys.processing, keys.intake, keys.inbox];
  expect(await Promise.all(lists.map((key) => client.llen(key)))).toEqual([0, 0, 0]);
});

it('loses no command and doubles none while Redis is killed and started again', async () => {
  await queue();
  const game = await worker('a');
  for (const n of upTo(300)) {
    await jobs.add('broadcast', { serverId: 'a', message: String(n) });
    if (n === 150) {
      await redis.kill();
      await redis.start();
    }
  }
  await until('every job is completed', async () => (await jobs.getCompletedCount()) === 300);
  expect(messages(game)).toEqual(upTo(300));
});
