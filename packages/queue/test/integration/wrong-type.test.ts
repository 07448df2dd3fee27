import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Queue, QueueEvents } from 'bullmq';
import { boxPaths, redisKeys, requestOnce } from '@pinky/protocol';
import { lookFor, until } from '@pinky/protocol/testing';
import { examineRedis, type RedisReport } from '../../src/index.js';
import { TestBox } from '../support/box.js';
import { FakeWorker } from '../support/fake-worker.js';
import { RedisServer } from '../support/redis-server.js';

const keys = redisKeys('1');
/** Long enough for what is said again and again to show, milliseconds. */
const aWhile = { timeoutMs: 1_200 };
let redis: RedisServer;
let box: TestBox;
let game: FakeWorker;
let jobs: Queue;
let finished: QueueEvents;

beforeAll(async () => {
  redis = await new RedisServer().start();
  box = new TestBox(undefined, { redis: redis.address, heartbeatIntervalMs: 200 });
  mkdirSync(join(box.config.servers, 'a'), { recursive: true });
  await box.startQueue();
  game = new FakeWorker({ home: box.home, serverId: 'a', players: ['ann'] }).start();
  await until('its worker is known', () => game.published.length > 0);
  jobs = new Queue('pinky-1', { connection: redis.connection });
  finished = new QueueEvents('pinky-1', { connection: redis.connection });
  jobs.on('error', () => undefined); // they meet the wrong keys too
  finished.on('error', () => undefined);
});
afterAll(async () => {
  await Promise.all([jobs.close(), finished.close()]);
  game.kill();
  await box.end();
  await redis.end();
});

const troubles = async () =>
  // The queue of this tree answers.
  ((await requestOnce({ path: boxPaths(box.home).queueSocket }, 'redis', {}, { deadlineMs: 5_000 })) as RedisReport)
    .troubles ?? [];
const errors = () => box.log.filter(({ level }) => level === 'error');

/** Puts a text where a list, hash or set belongs, or a list where a text belongs; answers how to undo it. */
async function spoil(key: string): Promise<() => Promise<void>> {
  const client = redis.client();
  const keep = `kept:${key}`;
  const isText = (await client.type(key)) === 'string';
  const exchange = client.multi().copy(key, keep).del(key); // in one step: the queue writes a missing key again
  await (isText ? exchange.rpush(key, 'x') : exchange.set(key, 'x')).exec();
  return async () => {
    if (await client.exists(keep)) await client.rename(keep, key);
    else await client.del(key);
  };
}

/** Each key, and what meets it. */
const cases: readonly (readonly [string, () => Promise<unknown> | void])[] = [
  [keys.events, () => game.event({ type: 'info' })],
  [keys.cursor('a'), () => game.event({ type: 'info' })],
  [keys.serverBox('a'), () => undefined],
  [keys.heartbeat, () => undefined],
  [keys.owner, () => undefined],
  [keys.boxState, () => jobs.add('list', { serverId: 'a' })],
  [keys.processing, () => redis.client().lpush(keys.inbox, '{"name":"list","serverId":"a"}')],
  [keys.answers, () => redis.client().lpush(keys.inbox, '{"name":"list","serverId":"a"}')],
  ['bull:pinky-1:active', () => jobs.add('list', { serverId: 'a' })],
  ['bull:pinky-1:completed', () => jobs.add('list', { serverId: 'a' })],
];

it.each(cases)('says once that %s has a wrong type, and goes on when it has the right one', async (key, meet) => {
  const before = errors().length;
  const mend = await spoil(key);
  await meet();
  const trouble = await until('the queue says it', async () => (await troubles()).find((each) => each.key === key));
  expect(trouble).toMatchObject({
    kind: 'wrong_type',
    because: expect.stringContaining(`the key ${key} must be a `),
    remedy: expect.stringContaining(`redis-cli del ${key}`),
  });
  await lookFor(() => errors().length > before + 1, aWhile);
  expect(errors().slice(before)).toEqual([expect.objectContaining({ event: 'redis.trouble', key })]);
  const seen = (await examineRedis(box.config)).filter(({ level }) => level === 'bad');
  if (!key.startsWith('server:a')) expect(seen).toContainEqual(expect.objectContaining({ found: trouble.because }));
  await mend();
  await until('that is over', async () => (await troubles()).length === 0);
  const answers = await redis.client().llen(keys.answers);
  const events = await redis.client().llen(keys.events);
  game.event({ type: 'info' });
  await redis.client().lpush(keys.inbox, '{"name":"list","serverId":"a"}');
  await (await jobs.add('list', { serverId: 'a' })).waitUntilFinished(finished, 10_000);
  await until('item and event are through', async () =>
    (await redis.client().llen(keys.answers)) > answers && (await redis.client().llen(keys.events)) > events);
});
