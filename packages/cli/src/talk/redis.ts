import { Redis } from 'ioredis';
import { PinkyError, redisKeys, type BoxConfig } from '@pinky/protocol';
import { redisOptions, withoutSecrets } from '@pinky/queue/address';

/** The deadline of each call to Redis, in milliseconds. */
const deadlineMs = 3000;

/** Opens a connection for one piece of work. Throws `redis_unavailable` if Redis does not answer in time. */
export async function withRedis<T>(config: BoxConfig, work: (redis: Redis) => Promise<T>): Promise<T> {
  const address = redisOptions(config);
  const redis = new Redis({
    ...address,
    lazyConnect: true,
    connectTimeout: deadlineMs,
    commandTimeout: deadlineMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    disconnectTimeout: 1,
  });
  let reason: Error | undefined; // the call only says that the connection is closed
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

/** How many events one call fetches. */
const pageSize = 1000;

/** The newest `count` events of this box, oldest first, as JSON. The list may contain events of other boxes too. */
export async function newestEvents(config: BoxConfig, count: number): Promise<string[]> {
  const newestFirst: string[] = [];
  await withRedis(config, async (redis) => {
    for (let from = 0; newestFirst.length < count; from += pageSize) {
      const page = await redis.lrange(redisKeys(config.box).events, from, from + pageSize - 1);
      newestFirst.push(...page.filter((json) => !isOfOtherBox(json, config.box)));
      if (page.length < pageSize) break;
    }
  });
  return newestFirst.slice(0, count).reverse();
}

function isOfOtherBox(json: string, box: string): boolean {
  try {
    const event: unknown = JSON.parse(json);
    return typeof event === 'object' && event !== null && 'pinky_id' in event && event.pinky_id !== box;
  } catch {
    return false; // not JSON; we show it anyway
  }
}
