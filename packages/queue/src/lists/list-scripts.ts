import type { RedisKeys } from '@pinky/protocol';
import type { Redis } from 'ioredis';
import { FencedScript, type FencedClient } from '../owner/fenced-script.js';
import { listItem, type ListItem } from './list-item.js';

/** How many answers a list keeps. The oldest go. */
const answersCap = 10_000;

/**
 * Moves what waits into the processing list, oldest first: from the intake, then from the inbox. Each item gets a
 * number of its own, which is counted and holds the time, so that a Redis that lost its last second gives no number
 * twice. The counter (a hash) also holds the number of the consumer. Redis may run a script late, on a connection that
 * was given up; such a script is refused. KEYS intake, inbox, processing, counter. ARGV consumer, most.
 */
const take = new FencedScript(`
if redis.call('HGET', KEYS[4], 'consumer') ~= ARGV[1] then
  return redis.error_reply('FENCED another consumer has taken over')
end
redis.call('LLEN', KEYS[3]) -- of another type: refused before anything is taken
local now = redis.call('TIME')
local taken = {}
for _ = 1, tonumber(ARGV[2]) do
  local raw = redis.call('RPOP', KEYS[1]) or redis.call('RPOP', KEYS[2])
  if not raw then break end
  local item = redis.call('HINCRBY', KEYS[4], 'item', 1) .. '-' .. now[1] .. string.format('%06d', now[2]) .. ' ' .. raw
  redis.call('LPUSH', KEYS[3], item)
  taken[#taken + 1] = item
end
return taken
`);

/**
 * The state of the box, asked by a script that changes nothing but is refused while Redis refuses writes. Redis answers
 * a take before it knows that its disk is full, and forgets that take if it ends then: the item would be taken again,
 * under another number. A state that is no text says nothing, and keeps nobody waiting. KEYS counter, state.
 */
const confirm = new FencedScript(`
redis.call('HDEL', KEYS[1], '')
local state = redis.pcall('GET', KEYS[2])
return type(state) == 'string' and state
`);

/**
 * Removes an item and pushes its answer in one step, so that it is answered exactly once. If the named key is
 * not a list, the answer goes to the box's own list. KEYS processing, reply list, answers. ARGV item, answer, cap.
 */
const answer = new FencedScript(`
local kind = redis.call('TYPE', KEYS[2]).ok
local reply = (kind == 'list' or kind == 'none') and KEYS[2] or KEYS[3]
redis.call('LLEN', reply) -- of another type: refused before anything is removed
if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 0 then return 0 end
redis.call('LPUSH', reply, ARGV[2])
redis.call('LTRIM', reply, 0, ARGV[3] - 1)
return 1
`);

/** KEYS counter. */
const count = new FencedScript(`return redis.call('HINCRBY', KEYS[1], 'consumer', 1)`);

/** Becomes the list's only consumer. Returns its number. */
export async function enrol(redis: FencedClient, keys: RedisKeys): Promise<string> {
  return String(await count.run(redis, [keys.inboxCounter], []));
}

export async function takeItems(
  redis: FencedClient,
  keys: RedisKeys,
  consumer: string,
  most: number,
): Promise<ListItem[]> {
  const taken = await take.runBuffer(
    redis,
    [keys.intake, keys.inbox, keys.processing, keys.inboxCounter],
    [consumer, most],
  );
  return (taken as Buffer[]).map(listItem); // the script's reply
}

/**
 * Whether the box was set down. Throws if what was taken before may be forgotten by Redis: then it is in the processing
 * list, or waits as before.
 */
export async function confirmTaken(redis: FencedClient, keys: RedisKeys): Promise<{ readonly isDown: boolean }> {
  return { isDown: (await confirm.run(redis, [keys.inboxCounter, keys.boxState], [])) === 'down' };
}

/** The items that an earlier consumer took and did not answer, oldest first. */
export async function unansweredItems(redis: Redis, keys: RedisKeys): Promise<ListItem[]> {
  return (await redis.lrangeBuffer(keys.processing, 0, -1)).reverse().map(listItem);
}

/** Answers false if the item was answered before. */
export async function answerItem(
  redis: FencedClient,
  keys: RedisKeys,
  item: ListItem,
  text: string,
  replyTo: string = keys.answers,
): Promise<boolean> {
  return await answer.run(redis, [keys.processing, replyTo, keys.answers], [item.stored, text, answersCap]) === 1;
}
