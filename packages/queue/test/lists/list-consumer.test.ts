import { redisKeys, silentLogger } from '@pinky/protocol';
import { FakeClock, until } from '@pinky/protocol/testing';
import { CommandTimes } from '../../src/commands/command-times.js';
import { ListConsumer } from '../../src/lists/list-consumer.js';
import { confirmTaken, enrol, takeItems } from '../../src/lists/list-scripts.js';
import type { FencedClient } from '../../src/owner/fenced-script.js';
import { owning } from '../support/fenced.js';
import { PrivateRedis } from '../support/private-redis.js';

const server = new PrivateRedis();
const keys = redisKeys('1');
const client = server.client();
let fenced: FencedClient;
beforeAll(() => server.start());
afterAll(() => server.end());
beforeEach(async () => {
  await client.flushall();
  fenced = await owning(client);
});

it('confirms what was taken only while Redis takes writes, and changes nothing', async () => {
  await client.lpush(keys.inbox, '{"name":"list"}');
  await takeItems(fenced, keys, await enrol(fenced, keys), 1);
  const changes = async (): Promise<string | undefined> =>
    /rdb_changes_since_last_save:\d+/.exec(await client.info('persistence'))?.[0];
  const before = await changes();
  expect(await confirmTaken(fenced, keys)).toEqual({ isDown: false });
  expect(await changes()).toBe(before);
  await client.config('SET', 'min-replicas-to-write', '1'); // refused in the same way as on a full disk
  try {
    await expect(confirmTaken(fenced, keys)).rejects.toThrow('NOREPLICAS');
  } finally {
    await client.config('SET', 'min-replicas-to-write', '0');
  }
  await client.set(keys.boxState, 'down');
  expect(await confirmTaken(fenced, keys)).toEqual({ isDown: true });
  await client.del(keys.boxState);
  await client.lpush(keys.boxState, 'down'); // by somebody else
  expect(await confirmTaken(fenced, keys)).toEqual({ isDown: false });
});

it('runs an item once whose taking Redis has forgotten', async () => {
  const clock = new FakeClock();
  const writes: string[] = [];
  const redis = {
    isReady: true,
    untilReady: async () => undefined,
    run: async (_what: string, call: (to: typeof client) => Promise<unknown>) => call(client),
    write: async (what: string, call: (to: FencedClient) => Promise<unknown>) => {
      writes.push(what);
      if (what !== 'confirm items' || writes.filter((each) => each === what).length > 1) return call(fenced);
      // The disk was full, and Redis was killed: what it has written down holds the item, and not that it was taken.
      const [, raw = ''] = /^\S+ (.*)$/.exec((await client.rpop(keys.processing)) ?? '') ?? [];
      await client.rpush(keys.inbox, raw);
      throw new Error('MISCONF Errors writing to the AOF file: No space left on device');
    },
  };
  const patient = client.duplicate(); // it waits inside Redis
  const waiting = {
    ...redis,
    run: async (_what: string, call: (to: typeof client) => Promise<unknown>) => call(patient),
    replace: () => patient.disconnect(),
  };
  const run: string[] = [];
  const consumer = new ListConsumer({
    redis, waiting, keys, clock, logger: silentLogger,
    times: new CommandTimes(clock),
    router: { route: async ({ id }: { id: string }) => { run.push(id); return { state: 'down' }; } },
  } as never); // it uses nothing else
  await client.lpush(keys.inbox, '{"name":"stop","serverId":"x"}');
  consumer.start();
  await until('it is answered', async () => {
    await clock.advance(200);
    return (await client.llen(keys.answers)) > 0;
  });
  await consumer.stop();
  expect(run).toHaveLength(1);
  expect(writes.slice(0, 5)).toEqual(['enrol', 'take items', 'confirm items', 'enrol', 'take items']);
});
