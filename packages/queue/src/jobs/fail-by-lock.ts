import { FencedScript, type FencedClient } from '../owner/fenced-script.js';

/**
 * Fails the active job that this token locks, without a look at its options: the last way out for a job that BullMQ's
 * own scripts or parsers refuse. Parents and retries are not asked. KEYS active, failed, stalled, events. ARGV key
 * prefix, token, reason, Unix ms. Returns the job's id, or nothing if no job is locked by the token.
 */
const script = new FencedScript(`
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local job = ARGV[1] .. id
  if redis.call('GET', job .. ':lock') == ARGV[2] then
    redis.call('ZADD', KEYS[2], ARGV[4], id) -- first: where that is refused, nothing is changed
    redis.call('DEL', job .. ':lock')
    redis.call('SREM', KEYS[3], id)
    redis.call('LREM', KEYS[1], 1, id)
    redis.call('HSET', job, 'failedReason', ARGV[3], 'finishedOn', ARGV[4])
    redis.call('XADD', KEYS[4], 'MAXLEN', '~', 10000, '*', 'event', 'failed', 'jobId', id, 'failedReason', ARGV[3],
      'prev', 'active')
    return id
  end
end
return false
`);

/** Answers the id of the job that was failed; undefined if the token locks none. */
export async function failByLock(
  redis: FencedClient,
  queue: string,
  failure: { readonly token: string; readonly reason: string; readonly atMs: number },
): Promise<string | undefined> {
  const prefix = `bull:${queue}:`;
  const keys = ['active', 'failed', 'stalled', 'events'].map((key) => prefix + key);
  const id = await script.run(redis, keys, [prefix, failure.token, failure.reason, failure.atMs]);
  return typeof id === 'string' ? id : undefined;
}
