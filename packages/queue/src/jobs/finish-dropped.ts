import { FencedScript, type FencedClient } from '../owner/fenced-script.js';

/** How a job ends: the list of BullMQ that it goes to, and its value there. */
export interface JobEnd {
  readonly state: 'completed' | 'failed';
  /** Its returned value as JSON, or its `failedReason`. */
  readonly text: string;
}

/**
 * Ends a job that one of BullMQ's scripts has dropped: Redis takes nothing back of a script that dies half-way, so the
 * job may be off the active list and on no other one, or ended without its event. A job that is on any list is left
 * alone, and so is one that is gone. Parents are not asked.
 *
 * KEYS completed, failed, events, then the lists, then the sorted sets. ARGV key prefix, id, completed or failed,
 * value, Unix ms, 1 if a script has died, how many lists. Returns 1 if something was done.
 */
const script = new FencedScript(`
local prefix, id, state, value, at, hasDied, lists = unpack(ARGV)
local job = prefix .. id
if redis.call('EXISTS', job) == 0 then return 0 end
for n = 4, #KEYS do
  local look = n < 4 + tonumber(lists) and 'LPOS' or 'ZSCORE'
  if redis.call(look, KEYS[n], id) then return 0 end
end
local field = { completed = 'returnvalue', failed = 'failedReason' }
local ended = (redis.call('ZSCORE', KEYS[1], id) and 'completed') or (redis.call('ZSCORE', KEYS[2], id) and 'failed')
if ended then
  if hasDied ~= '1' then return 0 end
  state, value = ended, redis.call('HGET', job, field[ended]) or value
else
  redis.call('ZADD', state == 'completed' and KEYS[1] or KEYS[2], at, id)
  redis.call('HSET', job, field[state], value, 'finishedOn', at)
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'event', state, 'jobId', id, field[state], value,
  'prev', 'active')
return 1
`);

const ends = ['completed', 'failed', 'events'];
const lists = ['active', 'wait', 'paused'];
const sorted = ['prioritized', 'delayed', 'waiting-children'];

export interface DroppedJob {
  readonly id: string;
  readonly end: JobEnd;
  /** Redis has said that the script which was to end it has failed. */
  readonly hasDied: boolean;
  readonly atMs: number;
}

/** Answers whether the job was dropped. */
export async function finishDropped(
  redis: FencedClient,
  queue: string,
  job: DroppedJob,
): Promise<boolean> {
  const prefix = `bull:${queue}:`;
  const keys = [...ends, ...lists, ...sorted].map((key) => prefix + key);
  const { id, end, hasDied, atMs } = job;
  const args = [prefix, id, end.state, end.text, atMs, hasDied ? 1 : 0, lists.length];
  return (await script.run(redis, keys, args)) === 1;
}
