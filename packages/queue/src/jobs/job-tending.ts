import type { JobLocks } from './job-locks.js';
import type { RedisConnection } from '../redis/connection.js';
import { FencedScript } from '../owner/fenced-script.js';

/** How long a lock lives, milliseconds. It is renewed after a third of that. */
export const lockMs = 60_000;

/**
 * Renews the locks of the jobs in hand. With ARGV takeBack it also gives every other job that is active under one of
 * our names, or under nobody's, back to the front of the queue, and the oldest goes out first again. BullMQ's own check
 * would take a minute, would reverse the order of several jobs, and would fail a job that stalled twice. A job whose
 * data is not JSON would make every fetch throw: its data becomes {}, and it fails as a bad command.
 *
 * KEYS active, wait, stalled, marker, events. ARGV key prefix, beginning of our locks, the same of an earlier version,
 * lock ms, takeBack (1 or 0), then id and token of each job in hand. Returns how many were given back, then the ids in
 * hand that are no longer active.
 */
const tend = new FencedScript(`
local prefix, owner, earlier, lockMs, takeBack = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local held, present, back = {}, {}, 0
for i = 6, #ARGV, 2 do held[ARGV[i]] = ARGV[i + 1] end
local function begins(text, with) return string.sub(text, 1, #with) == with end
local function isJson(text) return (not text) or (pcall(cjson.decode, text)) end
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local job = prefix .. id
  local lock = redis.call('GET', job .. ':lock')
  if held[id] then
    present[id] = true
    if (not lock) or lock == held[id] then redis.call('SET', job .. ':lock', held[id], 'PX', lockMs) end
    redis.call('SREM', KEYS[3], id)
  elseif takeBack and ((not lock) or begins(lock, owner) or begins(lock, earlier)) then
    redis.call('DEL', job .. ':lock')
    redis.call('SREM', KEYS[3], id)
    redis.call('LREM', KEYS[1], 1, id)
    if not isJson(redis.call('HGET', job, 'data')) then redis.call('HSET', job, 'data', '{}') end
    if not isJson(redis.call('HGET', job, 'opts')) then redis.call('HSET', job, 'opts', '{}') end
    redis.call('RPUSH', KEYS[2], id)
    redis.call('XADD', KEYS[5], 'MAXLEN', '~', 10000, '*', 'event', 'waiting', 'jobId', id, 'prev', 'active')
    back = back + 1
  end
end
if back > 0 then redis.call('ZADD', KEYS[4], 0, '0') end
local reply = { tostring(back) }
for i = 6, #ARGV, 2 do if not present[ARGV[i]] then reply[#reply + 1] = ARGV[i] end end
return reply
`);

export interface Tended {
  readonly givenBack: number;
  /** Jobs in hand that are no longer active: finished by a call whose answer was lost, or removed by somebody. */
  readonly gone: ReadonlySet<string>;
}

/** Use `takeBack` only while no fetch is under way: the job that it is just bringing would be given back. */
export async function tendJobs(
  redis: RedisConnection,
  jobs: {
    readonly queue: string;
    readonly locks: JobLocks;
    readonly inHand: Iterable<{ id: string; token: string }>;
    readonly takeBack: boolean;
  },
): Promise<Tended> {
  const prefix = `bull:${jobs.queue}:`;
  const keys = ['active', 'wait', 'stalled', 'marker', 'events'].map((key) => prefix + key);
  const { locks } = jobs;
  const held = [...jobs.inHand].flatMap(({ id, token }) => [id, token]);
  // The reply's shape is that of the script's last lines.
  const [givenBack, ...gone] = (await redis.write('tend jobs', (fenced) =>
    tend.run(fenced, keys, [prefix, locks.owner, locks.earlier, lockMs, jobs.takeBack ? 1 : 0, ...held]),
  )) as string[];
  return { givenBack: Number(givenBack), gone: new Set(gone) };
}
