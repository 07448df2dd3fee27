import { setTimeout as sleep } from 'node:timers/promises';
import Redis from 'ioredis';

/**
 * Moves what waits in KEYS[1] to KEYS[2], oldest first, in one step: a Redis that is killed forgets either all of it
 * or nothing.
 */
const drain = `for _ = 1, tonumber(ARGV[1]) do if not redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT') then ` +
  `break end end return redis.call('LLEN', KEYS[2])`;
/** Pushes a command once, even if a client whose connection broke sends this again. */
const push = `if redis.call('SADD', KEYS[2], ARGV[1]) == 1 then redis.call('LPUSH', KEYS[1], ARGV[2]) end return 1`;

/**
 * Copies the outcome of jobs from BullMQ's stream of events to KEYS[2], because BullMQ trims that stream. KEYS[3] keeps
 * the place that was reached.
 */
const follow = `
local after = redis.call('GET', KEYS[3]) or '0-0'
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', 2000)) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  if fields.event == 'completed' or fields.event == 'failed' then redis.call('LPUSH', KEYS[2], cjson.encode(fields)) end
  redis.call('SET', KEYS[3], entry[1])
end`;

/**
 * Removes every key but those that hold what is judged: events with their cursors, jobs, the list's items and answers,
 * and this backend's own.
 */
const flush = `
local kept = { 'chaos:', 'bull:', 'server:events', 'pinky:1:in', 'pinky:1:processing', 'pinky:1:answers' }
local removed = 0
for _, key in ipairs(redis.call('KEYS', '*')) do
  local isKept = string.match(key, '^server:.*:cursor$')
  for _, beginning in ipairs(kept) do isKept = isKept or string.sub(key, 1, #beginning) == beginning end
  if not isKept then removed = removed + redis.call('DEL', key) end
end
return removed`;

/**
 * The backend at the other end of Redis: it drains events and answers all the while, and keeps them in lists of its own
 * for the verdict.
 */
export class Backend {
  isOver = false;

  constructor(connection) {
    this.redis = new Redis({ ...connection, maxRetriesPerRequest: null, commandTimeout: 20_000 });
    this.redis.on('error', () => undefined); // Redis is killed all the time
  }

  start() {
    this.running ??= this.#run();
  }

  async #run() {
    while (!this.isOver) {
      try {
        await this.drain();
      } catch {
        // Redis is away.
      }
      await sleep(100);
    }
  }

  async drain() {
    await this.redis.eval(drain, 2, 'server:events', 'chaos:events', 2_000);
    await this.redis.eval(drain, 2, 'chaos:answers', 'chaos:answered', 2_000);
    await this.redis.eval(follow, 3, 'bull:pinky-1:events', 'chaos:finished', 'chaos:followed');
  }

  /** Resolves with how many keys are gone. */
  flush() {
    return this.redis.eval(flush, 0);
  }

  push(number, item) {
    return this.redis.eval(push, 2, 'pinky:1:in', 'chaos:sent', number, JSON.stringify(item));
  }

  /** The items of a list that is filled from the left, oldest first. Leaves out the first `from` of them. */
  async oldest(key, from = 0) {
    const items = await this.redis.lrange(key, 0, -1 - from);
    return items.reverse();
  }

  async end() {
    this.isOver = true;
    await this.running;
    this.redis.disconnect();
  }
}
