import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, openPeer } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { Queue, QueueEvents } from 'bullmq';
import { parseFailure } from '../../src/index.js';
import type { QueueFigures } from '../../src/redis-side.js';
import { FakeSupervisor } from '../support/box.js';
import { queueSetup } from '../support/queue-setup.js';

const setup = queueSetup();
let jobs: Queue;
let finished: QueueEvents;

/** The code with which a job failed. */
const failureOf = async (name: string, data: unknown): Promise<string> => {
  const job = await jobs.add(name, data);
  const reason = await job.waitUntilFinished(finished).then(
    () => 'none: it went well',
    (error: Error) => error.message,
  );
  return parseFailure(reason).code;
};

beforeEach(async () => {
  const { redis, box } = setup;
  const connection = { path: redis.socket, password: redis.password };
  jobs = new Queue('pinky-1', { connection });
  finished = new QueueEvents('pinky-1', { connection });
  await finished.waitUntilReady();
  await box.startQueue();
});

afterEach(() => Promise.all([finished.close(), jobs.close()]));

it('brings a job to the worker of its server and returns its answer', async () => {
  await setup.knownWorker('a', { answer: (command) => ({ serverId: 'a', state: 'up', players: [command.name] }) });
  const job = await jobs.add('list', { serverId: 'a' });
  expect(await job.waitUntilFinished(finished)).toEqual({ serverId: 'a', state: 'up', players: ['list'] });
});

it('tells how long commands took, by the way on which they came', async () => {
  const { box, client, keys, atEnd } = setup;
  await setup.knownWorker('a');
  const cli = await openPeer({ path: boxPaths(box.home).queueSocket }, {});
  atEnd(() => cli.destroy());
  const ask = (method: string, params: unknown) => cli.request(method, params, { deadlineMs: 60_000 });
  await ask('command', { name: 'list', data: { serverId: 'a' } });
  await ask('command', { name: 'fly', data: { serverId: 'a' } }).catch(() => undefined); // it is refused, and counted
  const job = await jobs.add('list', { serverId: 'a' });
  await job.waitUntilFinished(finished);
  await client.lpush(keys.inbox, '{"name":"list","serverId":"a"}');
  const counted = await until('each way has its answer', async () => {
    const { times } = (await ask('figures', {})) as QueueFigures;
    return times.answered.series.length === 4 && times;
  });
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  expect(counted.answered.series.map(({ labels, counts }) => ({ ...labels, count: total(counts) }))).toEqual(
    expect.arrayContaining([
      { command: 'list', way: 'socket', count: 1 },
      { command: 'other', way: 'socket', count: 1 },
      { command: 'list', way: 'job', count: 1 },
      { command: 'list', way: 'list', count: 1 },
    ]),
  );
  expect(counted.waited.series.map(({ counts }) => total(counts))).toEqual([1]);
});

it('runs a thousand numbered commands of one server in the order in which they were added', async () => {
  const game = await setup.knownWorker('a');
  const numbers = Array.from({ length: 1_200 }, (_, n) => n);
  for (let n = 0; n < 1_200; n += 100)
    await jobs.addBulk(
      numbers.slice(n, n + 100).map((each) => ({ name: 'broadcast', data: { serverId: 'a', message: String(each) } })),
    );
  await game.until(() => game.commands.length === 1_200);
  expect(game.commands.map((command) => 'message' in command.data && Number(command.data.message))).toEqual(numbers);
});

it('lets no slow server hold up another', async () => {
  let release = (): void => undefined;
  const held = new Promise<{ serverId: string; state: string }>((resolve) => {
    release = () => resolve({ serverId: 'slow', state: 'up' });
  });
  await setup.knownWorker('slow', { answer: () => held });
  await setup.knownWorker('quick');
  const first = await jobs.add('backup', { serverId: 'slow' });
  const second = await jobs.add('list', { serverId: 'quick' });
  expect(await second.waitUntilFinished(finished)).toEqual({ serverId: 'quick', state: 'up' });
  release();
  await first.waitUntilFinished(finished);
});

it('answers with a code if the data is not a command', async () => {
  expect(await failureOf('dance', { serverId: 'a' })).toBe('unknown_command');
  expect(await failureOf('stop', {})).toBe('bad_command');
  expect(await failureOf('stop', null)).toBe('bad_command');
  expect(await failureOf('stop', { serverId: '../../etc' })).toBe('bad_server_id');
  expect(await failureOf('tell', { serverId: 'a', user: 'x', message: 'a\nb' })).toBe('bad_text');
});

it('answers for a server that is down without starting a worker', async () => {
  const supervisor = new FakeSupervisor(setup.box.home, () => undefined);
  await supervisor.start();
  expect(await failureOf('tell', { serverId: 'none', user: 'x', message: 'hi' })).toBe('not_running');
  const stop = await jobs.add('stop', { serverId: 'none' });
  expect(await stop.waitUntilFinished(finished)).toEqual({ serverId: 'none', state: 'down', already: true });
  expect(supervisor.asked).toEqual([]);
  await supervisor.stop();
});

it('has a worker started for a start, and then sends the commands that came meanwhile', async () => {
  const supervisor = new FakeSupervisor(setup.box.home, (serverId) => {
    if (setup.workers.length === 0) setup.worker(serverId, { state: 'down' });
  });
  await supervisor.start();
  const start = await jobs.add('start', { serverId: 'new', funpack: '/f' });
  const stop = await jobs.add('stop', { serverId: 'new' });
  await Promise.all([start.waitUntilFinished(finished), stop.waitUntilFinished(finished)]);
  expect(setup.workers[0]?.commands.map((command) => command.name)).toEqual(['start', 'stop']);
  await supervisor.stop();
});

it('answers box_down while somebody has set the box down', async () => {
  const { client } = setup;
  await jobs.add('stop', { serverId: 'x' }).then((job) => job.waitUntilFinished(finished));
  await client.set('pinky:1:state', 'down');
  expect(await failureOf('stop', { serverId: 'a' })).toBe('box_down');
  await client.set('pinky:1:state', 'up');
  const job = await jobs.add('stop', { serverId: 'a' });
  expect(await job.waitUntilFinished(finished)).toMatchObject({ already: true });
});

it('tries a failed job again only if the job asks for it, under another command id', async () => {
  let tries = 0;
  const game = await setup.knownWorker('a', { answer: () => {
    tries += 1;
    if (tries === 1) throw new Error('not this time');
    return { serverId: 'a', state: 'up' };
  } });
  const job = await jobs.add('list', { serverId: 'a' }, { attempts: 2 });
  expect(await job.waitUntilFinished(finished)).toEqual({ serverId: 'a', state: 'up' });
  expect(new Set(game.commands.map((command) => command.id)).size).toBe(2);
});

it('takes up active jobs of a dead predecessor again, oldest first and with the same command id', async () => {
  const { box, client } = setup;
  await box.stopQueue();
  const added = await jobs.addBulk(
    ['1', '2', '3', '4'].map((message) => ({ name: 'broadcast', data: { serverId: 'a', message } })),
  );
  await client.rpoplpush('bull:pinky-1:wait', 'bull:pinky-1:active');
  await client.rpoplpush('bull:pinky-1:wait', 'bull:pinky-1:active');
  await client.rpoplpush('bull:pinky-1:wait', 'bull:pinky-1:active');
  mkdirSync(join(box.config.servers, 'a'));
  const game = setup.worker('a');
  await box.startQueue();
  await game.until(() => game.commands.length === 4);
  expect(game.commands.map((command) => 'message' in command.data && command.data.message)).toEqual([
    '1',
    '2',
    '3',
    '4',
  ]);
  expect(game.commands[0]?.id).toBe(`bull:${added[0]?.id}:${added[0]?.timestamp}:0`);
});

it('fails a job whose data was written by hand and is not JSON, and goes on', async () => {
  const { box, client } = setup;
  await box.stopQueue();
  const bad = await jobs.add('stop', { serverId: 'a' });
  await client.hset(`bull:pinky-1:${bad.id}`, 'data', '{"serverId":');
  const good = await jobs.add('stop', { serverId: 'a' });
  await box.startQueue();
  await expect(bad.waitUntilFinished(finished)).rejects.toThrow('bad_command');
  await good.waitUntilFinished(finished);
});
