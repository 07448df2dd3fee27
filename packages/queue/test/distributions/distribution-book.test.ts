import { distributionLimits, redisKeys, silentLogger, type LogRecord } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { PrivateRedis } from '../support/private-redis.js';
import { owning } from '../support/fenced.js';
import { DistributionBook } from '../../src/distributions/distribution-book.js';
import { newDistribution, withBox, type Distribution } from '../../src/distributions/distribution.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import type { FencedClient } from '../../src/owner/fenced-script.js';

const redis = new PrivateRedis();
const keys = redisKeys('1');
const log: LogRecord[] = [];
let fenced: FencedClient;
beforeAll(() => redis.start());
afterAll(() => redis.end());
beforeEach(async () => {
  const client = redis.client();
  await client.flushall();
  fenced = await owning(client);
  log.length = 0;
});

/** A book over a plain connection: the two calls that it makes of ours. */
function book(): DistributionBook {
  const connection = {
    run: (_what: string, call: (client: FencedClient['client']) => unknown) => call(fenced.client),
    write: (_what: string, call: (client: FencedClient) => unknown) => call(fenced),
  };
  return new DistributionBook({
    redis: connection as unknown as RedisConnection, // private fields make the class nominal
    keys,
    logger: { ...silentLogger, warn: (record) => void log.push(record) },
    clock: new FakeClock(),
  });
}

const order = { funpack: { url: 'http://x/f.tar', md5: 'a' }, boxes: ['b', 'c'], waveSize: 5, enoughPercent: 75 };
const made = (n: number, more: Partial<Distribution> = {}): Distribution =>
  ({ ...newDistribution(`d${n}`, order, 1_000 + n), ...more });

it('is read again as it was written, the oldest first', async () => {
  const first = book();
  await first.read();
  const begun = withBox({ ...made(2), waves: 1 }, 'c', { state: 'away', wave: 1 }, 2_000);
  await first.put(begun);
  await first.put(made(1, { state: 'done', finishedAt: 5 }));
  const second = book();
  await second.read();
  expect(second.all()).toEqual([made(1, { state: 'done', finishedAt: 5 }), begun]);
  expect(await fenced.client.zrange(keys.distributions, '0', '-1')).toEqual(['d1', 'd2']);
});

it('writes only the boxes that have changed', async () => {
  const one = book();
  await one.read();
  await one.put(made(1));
  await fenced.client.hdel(keys.distribution('d1'), 'box:b');
  await one.put(withBox(made(1), 'c', { state: 'queued', wave: 1 }, 2_000));
  expect(await fenced.client.hkeys(keys.distribution('d1'))).not.toContain('box:b');
});

it('writes nothing once another home has the name', async () => {
  const one = book();
  await one.read();
  await fenced.client.hset(keys.owner, 'claim', '2-another');
  await expect(one.put(made(1))).rejects.toThrow('NOTOWNER');
  expect([one.get('d1'), await fenced.client.exists(keys.distribution('d1'))]).toEqual([undefined, 0]);
});

it('keeps the newest, and never gives up one that is under way', async () => {
  const { mostKept } = distributionLimits;
  const one = book();
  await one.read();
  for (let n = 0; n < mostKept; n++) await one.put(made(n, n === 1 ? { finishedAt: 5, state: 'done' } : {}));
  await one.makeRoom();
  expect([one.get('d0')?.id, one.get('d1')]).toEqual(['d0', undefined]);
  expect(await fenced.client.exists(keys.distribution('d1'))).toBe(0);
  await one.put(made(mostKept));
  await expect(one.makeRoom()).rejects.toMatchObject({
    code: 'conflict',
    message: `${mostKept} distributions are under way, and a box keeps no more`,
  });
});

it('passes over what it cannot read, and says which', async () => {
  await fenced.client.zadd(keys.distributions, 1, 'd9');
  await fenced.client.hset(keys.distribution('d9'), 'order', '{"funpack":');
  const one = book();
  await one.read();
  expect(one.all()).toEqual([]);
  expect(log).toMatchObject([{ event: 'distribution.unreadable', distribution: 'd9' }]);
});
