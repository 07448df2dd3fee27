import type { Redis } from 'ioredis';
import { PinkyError, redisKeys, type BoxConfig } from '@pinky/protocol';
import {
  openClient,
  redisOptions,
  troubleOf,
  withoutSecrets,
  type RedisAddress,
  type RedisClient,
} from '@pinky/queue/client';

/** The deadline of each call to Redis, in milliseconds. */
const deadlineMs = 3000;

/**
 * Opens a connection for one piece of work. Throws `redis_unavailable` if Redis does not answer in time or refuses the
 * work, and `redis_unsuitable` if it can serve no box.
 */
export async function withRedis<T>(config: BoxConfig, work: (redis: Redis) => Promise<T>): Promise<T> {
  const address = redisOptions(config);
  let client: RedisClient | undefined;
  try {
    // One that may not look may still work.
    client = await openClient(address, 'pinky-cli', () => undefined, { commandTimeout: deadlineMs });
    return await work(client.redis);
  } catch (cause) {
    throw failureOf(config.box, address, client?.failure ?? cause); // a call only says that the connection is closed
  } finally {
    client?.end();
  }
}

function failureOf(box: string, address: RedisAddress, failure: unknown): PinkyError {
  const { kind, because, remedy } = troubleOf(failure);
  const sentence = withoutSecrets(because, address);
  return new PinkyError(
    failure instanceof PinkyError ? failure.code : 'redis_unavailable',
    kind === 'away'
      ? `Redis of box ${box} does not answer: ${sentence}`
      : `Redis of box ${box} cannot be used: ${sentence}; ${remedy}`,
    { cause: failure, details: { trouble: kind, remedy } },
  );
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
