import { Queue } from 'bullmq';
import { redisKeys } from '@pinky/protocol';
import { commandBacklog } from '../../src/state/command-backlog.js';
import { PrivateRedis } from '../support/private-redis.js';

const redis = new PrivateRedis();
const keys = redisKeys('7');
beforeAll(() => redis.start());
afterAll(() => redis.end());

it('counts jobs and items that nobody has taken, and says since when the oldest job waits', async () => {
  const client = redis.client();
  const connection = { isReady: true, run: (_what: string, call: (to: typeof client) => unknown) => call(client) };
  const look = (now: number) =>
    commandBacklog({ redis: connection as never, keys, clock: { wallNow: () => now } });
  expect(await look(0)).toEqual({ waiting: 0, oldestMs: 0 });
  const queue = new Queue(keys.queue, { connection: redis.connection });
  for (const timestamp of [5_000, 6_000, 7_000]) await queue.add('tell', {}, { timestamp });
  await queue.add('stop', {}, { timestamp: 8_000, priority: 1 });
  await client.lpush(keys.inbox, '{"name":"list"}');
  expect(await look(9_500)).toEqual({ waiting: 5, oldestMs: 4_500 });
  expect(await look(1_000)).toEqual({ waiting: 5, oldestMs: 0 }); // the producer's clock is ahead of ours
  await queue.close();
  connection.isReady = false;
  expect(await look(9_500)).toBeUndefined();
});
