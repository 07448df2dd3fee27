import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { until } from '@pinky/protocol/testing';
import { lookAtTakeLua, TakingWorker } from '../../src/owner/taking-worker.js';
import type { Fence } from '../../src/owner/fenced-script.js';
import { owning } from '../support/fenced.js';
import { PrivateRedis } from '../support/private-redis.js';

const redis = new PrivateRedis();
let client: Redis;
let jobs: Queue;
let worker: TakingWorker;
let fence: () => Fence;
let takes = 0;

beforeAll(async () => {
  await redis.start();
  client = redis.client();
  const connection = redis.connection;
  jobs = new Queue('pinky-1', { connection });
  worker = new TakingWorker('pinky-1', { connection, lockDuration: 30_000, skipStalledCheck: true }, {
    boxState: 'state',
    fence: () => fence(),
  });
  await worker.waitUntilReady();
});
beforeEach(async () => {
  await client.flushall();
  const owned = (await owning(client)).fence;
  fence = () => owned;
});
afterAll(async () => {
  await worker.close(true);
  await jobs.close();
  await redis.end();
});

/** Takes a job. Answers its id. */
async function take(): Promise<string> {
  await jobs.add('list', {});
  const job = await worker.getNextJob(`take:${++takes}`, { block: false });
  return job?.id ?? 'none';
}
const wasDown = async (): Promise<boolean | undefined> => worker.wasDownAtTake(await take());

it('says whether the box was down when a job was taken', async () => {
  expect(await wasDown()).toBe(false);
  await client.set('state', 'down');
  expect(await wasDown()).toBe(true);
  await client.set('state', 'up');
  expect(await wasDown()).toBe(false);
});

it('says nothing of a job that was taken before, of a box that is another\'s, and of one without a claim', async () => {
  const first = await take();
  await take();
  expect(await worker.wasDownAtTake(first)).toBeUndefined();
  await client.hset(fence().key, 'claim', 'another');
  expect(await wasDown()).toBeUndefined();
  fence = () => { throw new Error('no claim'); };
  expect(await wasDown()).toBeUndefined();
});

it('says nothing if Redis has lost the script of the take, and so looked before it', async () => {
  await take();
  await client.script('FLUSH');
  await client.script('LOAD', lookAtTakeLua);
  expect(await wasDown()).toBeUndefined();
  expect(await wasDown()).toBe(false);
});

it('looks right behind the take, on the same connection', async () => {
  await take();
  const monitor = await redis.client().monitor();
  const seen: { readonly text: string; readonly source: string }[] = [];
  monitor.on('monitor', (_time: string, args: readonly string[], source: string) => {
    if (args[0]?.toLowerCase() === 'evalsha') seen.push({ text: args.join(' '), source });
  });
  try {
    await take();
    await until('both were seen', () => seen.some(({ text }) => text.includes('state')));
    const at = seen.findIndex(({ text }) => text.includes('state'));
    expect(seen[at - 1]).toEqual({ text: expect.stringContaining(':limiter'), source: seen[at]?.source });
  } finally {
    monitor.disconnect();
  }
});
