import type { RedisContext } from '../redis/redis-context.js';

/** Between two looks, milliseconds. */
export const watchMs = 3_000;
/** How long jobs may wait while none is taken, milliseconds. */
const patienceMs = 15_000;

/**
 * Sees that jobs wait which could be taken, and that none is. BullMQ waits inside Redis, and there are faults in which
 * its wait never ends although its connection lives (its issues #4479, #4585 and #3088).
 */
export class JobWatchdog {
  #waitingSince: number | undefined;
  /** The queue has a `setGlobalConcurrency`. */
  #isLimited = false;

  constructor(private readonly options: RedisContext) {}

  /** A job was taken, or none may be taken now. */
  taken(): void {
    this.#waitingSince = undefined;
  }

  /**
   * A place is free under the queue's own limit. BullMQ wakes nobody for that: its own worker fetches with each answer,
   * which we do not, because answers may wait for Redis while jobs go on.
   */
  async freed(): Promise<void> {
    const { redis, keys } = this.options;
    if (!this.#isLimited || !redis.isReady) return;
    // a waiting fetch that nobody wakes ends after a while by itself
    await redis.run('wake the fetch', (client) => client.zadd(`bull:${keys.queue}:marker`, 0, '0')).catch(() => 0);
  }

  /**
   * Whether a new session is due, because jobs wait and none is taken. It is answered once, and then the next session
   * has its own time. A fetch that waits under the queue's own limit is woken at each look.
   */
  async isWedged(): Promise<boolean> {
    const { redis, clock, logger } = this.options;
    const waiting = redis.isReady ? await this.#waiting().catch(() => 0) : 0; // Redis went away: its return is new
    if (waiting === 0) {
      this.taken();
      return false;
    }
    await this.freed();
    this.#waitingSince ??= clock.now();
    if (clock.now() - this.#waitingSince < patienceMs) return false;
    this.taken();
    logger.warn({ event: 'jobs.wedged', waiting, because: `no job was taken for ${patienceMs / 1_000} s` });
    return true;
  }

  /** How many jobs wait that BullMQ would give us now. */
  async #waiting(): Promise<number> {
    const { redis, keys } = this.options;
    const key = (name: string): string => `bull:${keys.queue}:${name}`;
    return redis.run('watch jobs', async (client) => {
      const [wait, prioritized, active, limited, [paused, concurrency]] = await Promise.all([
        client.llen(key('wait')),
        client.zcard(key('prioritized')),
        client.llen(key('active')),
        client.exists(key('limiter')),
        client.hmget(key('meta'), 'paused', 'concurrency'),
      ]);
      this.#isLimited = typeof concurrency === 'string';
      const isFull = typeof concurrency === 'string' && active >= Number(concurrency);
      return paused === '1' || limited === 1 || isFull ? 0 : wait + prioritized;
    });
  }
}
