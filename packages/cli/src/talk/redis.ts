import { Redis } from 'ioredis';
import { PinkyError, redisKeys, type BoxConfig } from '@pinky/protocol';
import { redisOptions, withoutSecrets } from '@pinky/queue/address';

/** Every call to Redis has a deadline, milliseconds. */
const deadlineMs = 3000;

/** Runs one piece of work on a connection of its own. Throws `redis_unavailable` where Redis does not answer in time. */
export async function withRedis<T>(config: BoxConfig, work: (redis: Redis) => Promise<T>): Promise<T> {
  const address = redisOptions(config);
  const redis = new Redis({
    ...address, lazyConnect: true, connectTimeout: deadlineMs, commandTimeout: deadlineMs, maxRetriesPerRequest: 0, retryStrategy: () => null,
  });
  redis.on('error', () => undefined); // what matters comes out of the call itself
  try {
    await redis.connect();
    return await work(redis);
  } catch (cause) {
    const sentence = withoutSecrets(cause instanceof Error ? cause.message : String(cause), address);
    throw new PinkyError('redis_unavailable', `Redis of box ${config.box} does not answer: ${sentence}`, { cause });
  } finally {
    redis.disconnect();
  }
}

/** The newest `count` events, oldest first, as JSON texts. */
export async function newestEvents(config: BoxConfig, count: number): Promise<string[]> {
  if (count === 0) return [];
  const newestFirst = await withRedis(config, (redis) => redis.lrange(redisKeys(config.box).events, 0, count - 1));
  return newestFirst.reverse();
}
