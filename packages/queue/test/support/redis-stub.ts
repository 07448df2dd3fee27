import { redisKeys, silentLogger } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import type { RedisConnection } from '../../src/redis/connection.js';
import type { RedisContext } from '../../src/redis/redis-context.js';

/** A connection to a Redis that is away, and how many listen for its return. */
export function redisStub() {
  const listeners = new Set<() => void>();
  const stub = {
    isReady: false,
    onReady: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    untilReady: (signal: AbortSignal) =>
      new Promise<void>((_, reject) => {
        const listener = (): void => undefined;
        listeners.add(listener);
        const over = (): void => {
          listeners.delete(listener);
          reject(new Error('stopped waiting for Redis'));
        };
        if (signal.aborted) over();
        else signal.addEventListener('abort', over, { once: true });
      }),
    run: () => Promise.reject(new Error('Redis is away')),
    write: () => Promise.reject(new Error('Redis is away')),
    explained: (_what: string, error: unknown) => Promise.resolve(error),
    onLost: () => undefined,
    replace: () => undefined,
  };
  // Private fields make the class nominal: the stub has all that these parts use of it.
  return { redis: stub as unknown as RedisConnection, listening: () => listeners.size };
}

/** The context of a part that needs Redis, while Redis is away. */
export function awayContext() {
  const { redis, listening } = redisStub();
  const clock = new FakeClock();
  const context: RedisContext = { redis, keys: redisKeys('1'), logger: silentLogger, clock };
  return { context, clock, running: () => listening() + clock.sleeping };
}
