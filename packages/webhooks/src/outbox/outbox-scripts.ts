import { outboxOverheadBytes } from '@pinky/protocol';
import { FencedScript } from '@pinky/queue/client';

/** KEYS the outbox. ARGV from, to, most. The answer is that of XRANGE. */
export const readForth = new FencedScript(
  `return redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[2], 'COUNT', ARGV[3])`,
);

/** The same, the newest first. */
export const readBack = new FencedScript(
  `return redis.call('XREVRANGE', KEYS[1], ARGV[1], ARGV[2], 'COUNT', ARGV[3])`,
);

/** Removes up to 2,000 entries that nobody needs any more. KEYS the outbox, its counts. ARGV the last of them. */
export const settle = new FencedScript(`
local freed = 0
for round = 1, 10 do
  local gone = {}
  for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', ARGV[1], 'COUNT', 200)) do
    gone[#gone + 1] = entry[1]
    freed = freed + #entry[2][6] + ${outboxOverheadBytes}
  end
  if #gone == 0 then break end
  redis.call('XDEL', KEYS[1], unpack(gone))
end
if redis.call('XLEN', KEYS[1]) == 0 then redis.call('HSET', KEYS[2], 'bytes', 0)
elseif freed > 0 then redis.call('HINCRBY', KEYS[2], 'bytes', -freed) end
return freed`);

/**
 * Writes down how far a webhook is, in one step. KEYS its state, its messages aside, its failed ones. ARGV the state;
 * the id and JSON of a message that goes aside; the id of one that leaves; the JSON of one that was given up; how many
 * of these are kept. An empty text is nothing.
 */
export const commit = new FencedScript(`
redis.call('SET', KEYS[1], ARGV[1])
if ARGV[4] ~= '' then redis.call('HDEL', KEYS[2], ARGV[4]) end
if ARGV[2] ~= '' then redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
if ARGV[5] ~= '' then
  redis.call('LPUSH', KEYS[3], ARGV[5])
  redis.call('LTRIM', KEYS[3], 0, ARGV[6] - 1)
end
return 1`);

/**
 * Feeds a list of Resque, in the same step in which it writes down how far it is. KEYS the state, Resque's set of
 * queues, the list. ARGV the state, the queue's name, then each job.
 */
export const feed = new FencedScript(`
redis.call('SADD', KEYS[2], ARGV[2])
for i = 3, #ARGV do redis.call('RPUSH', KEYS[3], ARGV[i]) end
redis.call('SET', KEYS[1], ARGV[1])
return #ARGV - 2`);

/** KEYS whatever is to go. */
export const forget = new FencedScript(`return redis.call('UNLINK', unpack(KEYS))`);
