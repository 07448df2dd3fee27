import type { RedisContext } from '../redis/redis-context.js';

/** The commands that are in Redis and that nobody has taken yet. */
export interface CommandBacklog {
  readonly waiting: number;
  /** How long the oldest job has waited, milliseconds; 0 where none waits. Items of a list carry no time. */
  readonly oldestMs: number;
}

/** Looks at the jobs and the list of a box. Undefined while Redis is away. */
export async function commandBacklog(
  { redis, keys, clock }: Pick<RedisContext, 'keys'> & {
    readonly redis: Pick<RedisContext['redis'], 'isReady' | 'run'>;
    readonly clock: Pick<RedisContext['clock'], 'wallNow'>;
  },
): Promise<CommandBacklog | undefined> {
  if (!redis.isReady) return undefined;
  const bull = (name: string): string => `bull:${keys.queue}:${name}`;
  return redis.run('count the commands that wait', async (client) => {
    const [jobs, ranked, items, oldest] = await Promise.all([
      client.llen(bull('wait')),
      client.zcard(bull('prioritized')),
      client.llen(keys.inbox),
      client.lindex(bull('wait'), -1), // BullMQ puts a new job at the head
    ]);
    const at = oldest === null ? null : await client.hget(bull(oldest), 'timestamp');
    const oldestMs = at === null ? 0 : Math.max(0, clock.wallNow() - Number(at));
    return { waiting: jobs + ranked + items, oldestMs };
  });
}
