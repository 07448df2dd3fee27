import { type Clock, redisKeys, systemClock } from '@pinky/protocol';
import type { Redis } from 'ioredis';
import { TestBox } from '../support/box.js';
import { FakeWorker } from '../support/fake-worker.js';
import { PrivateRedis } from '../support/private-redis.js';

const redis = new PrivateRedis();
const keys = redisKeys('1');
let client: Redis;
let box: TestBox;
let workers: FakeWorker[];

const worker = async (
  serverId: string,
  more: Partial<ConstructorParameters<typeof FakeWorker>[0]> = {},
): Promise<FakeWorker> => {
  const made = new FakeWorker({ home: box.home, serverId, ...more }).start();
  workers.push(made);
  await made.until(() => made.peer !== undefined);
  return made;
};

/** A clock on which every pause is short: what is waited for here is that it happens, not when. */
const hurried: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 200), signal) };

/** Looks until it holds: Redis tells nobody of a change. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!await condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

beforeAll(() => redis.start());
afterAll(() => redis.end());
beforeEach(async () => {
  client = redis.client();
  await client.flushall();
  workers = [];
  box = new TestBox(redis);
});
afterEach(async () => {
  for (const each of workers) each.kill();
  await box.end();
});

it('writes state, players and process of a server, and removes them when it is down', async () => {
  await box.startQueue();
  const game = await worker('a', { state: 'preparing', pid: 4711 });
  await until(async () => await client.get(keys.serverState('a')) === 'starting');
  game.say({ state: 'up', players: ['ann', 'bob'] });
  await until(async () => await client.scard(keys.players('a')) === 2);
  expect(await client.get(keys.serverState('a'))).toBe('up');
  expect(JSON.parse(await client.get(keys.server('a')) ?? '')).toEqual({ pid: 4711, port: 10_000 });
  game.say({ players: ['bob', 'cyd'] });
  await until(async () => (await client.smembers(keys.players('a'))).sort().join() === 'bob,cyd');
  game.say({ state: 'down', players: [] });
  await until(async () => await client.exists(keys.serverState('a'), keys.players('a'), keys.server('a')) === 0);
});

it('writes everything again after Redis has lost it', async () => {
  await box.startQueue();
  await worker('a', { players: ['ann'] });
  await until(async () => await client.get(keys.serverState('a')) === 'up');
  await client.flushall();
  await redis.kill('SIGTERM');
  await redis.start();
  await until(
    async () =>
      (await client.exists(
        keys.serverState('a'),
        keys.players('a'),
        keys.server('a'),
        keys.boxState,
        keys.heartbeat,
      )) === 5,
  );
});

it('removes keys of servers that no worker knows, and leaves those of other boxes alone', async () => {
  await client.set(keys.server('ghost'), '{"pid":1,"port":2}');
  await client.set(keys.serverState('ghost'), 'up');
  await client.sadd(keys.players('ghost'), 'x');
  await client.set('pinky:2:servers:other', '{}');
  await client.set(keys.serverState('other'), 'up');
  await box.startQueue(hurried);
  await worker('a');
  await until(
    async () => (await client.exists(keys.server('ghost'), keys.serverState('ghost'), keys.players('ghost'))) === 0,
  );
  expect(await client.get(keys.serverState('other'))).toBe('up');
  expect(await client.get(keys.serverState('a'))).toBe('up');
});

it('removes the keys of a server whose worker went for good without a word', async () => {
  await box.startQueue(hurried);
  const game = await worker('a');
  await until(async () => await client.exists(keys.serverState('a')) === 1);
  game.kill();
  await until(async () => await client.exists(keys.serverState('a'), keys.server('a')) === 0);
});

it('beats with figures of the machine, and the beat expires', async () => {
  await box.startQueue();
  await until(async () => await client.exists(keys.heartbeat) === 1);
  const beat = JSON.parse(await client.get(keys.heartbeat) ?? '') as Record<string, unknown>;
  expect(beat).toEqual({
    freeDiskMb: expect.any(Number),
    freeRamMb: expect.any(Number),
    idleCpu: expect.any(Number),
    servers: 0,
    version: '0.1.0',
  });
  expect(Number(beat['freeDiskMb'])).toBeGreaterThan(0);
  expect(Number(beat['freeRamMb'])).toBeGreaterThan(0);
  expect(await client.pttl(keys.heartbeat)).toBeGreaterThan(20_000);
});

it('says up, stopping and down of the box, and keeps a down that somebody set while Redis was restarted', async () => {
  const queue = await box.startQueue();
  await until(async () => await client.get(keys.boxState) === 'up');
  await client.set(keys.boxState, 'down');
  await redis.kill('SIGTERM');
  await redis.start();
  await until(async () => box.log.some((record) => record.event === 'redis.back'));
  await until(async () => await client.exists(keys.heartbeat) === 1);
  expect(await client.get(keys.boxState)).toBe('down');
  await queue.drain(1_000);
  // that connection may have returned after the one that said so
  await until(async () => await client.get(keys.boxState) === 'stopping');
  await queue.stop({ down: true });
  expect(await client.get(keys.boxState)).toBe('down');
});
