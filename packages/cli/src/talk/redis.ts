import { Redis } from 'ioredis';
import { PinkyError, redisKeys, type BoxConfig } from '@pinky/protocol';
import { redisOptions, withoutSecrets } from '@pinky/queue/address';

/** Every call to Redis has a deadline, milliseconds. */
const deadlineMs = 3000;

/** Runs one piece of work on a connection of its own. Throws `redis_unavailable` where Redis does not answer in time. */
export async function withRedis<T>(config: BoxConfig, work: (redis: Redis) => Promise<T>): Promise<T> {
  const address = redisOptions(config);
  const redis = new Redis({
    ...address, lazyConnect: true, connectTimeout: deadlineMs, commandTimeout: deadlineMs, maxRetriesPerRequest: 0, retryStrategy: () => null, disconnectTimeout: 1,
  });
  let reason: Error | undefined; // the call itself says only that the connection is closed
  redis.on('error', (error: Error) => { reason ??= error; });
  try {
    await redis.connect();
    return await work(redis);
  } catch (cause) {
    const failure = reason ?? cause;
    const sentence = withoutSecrets(failure instanceof Error ? failure.message : String(failure), address);
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
