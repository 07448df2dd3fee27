import { outboxOverheadBytes } from '@pinky/protocol';
import type { OutboxTarget } from './outbox.js';

/**
 * Lua: puts `list[first..last]` into the outbox (KEYS[4] the stream, KEYS[5] its counts), in the same step in which the
 * events are published. It begins by taking its own arguments off ARGV, where they come last: the time, the most
 * events, the most bytes. Each entry has a number, so a reader sees what was removed before it came.
 *
 * A fault of the outbox keeps no event from being published: `toOutbox` answers a text then.
 */
export const outboxLua = `
local mostBytes, mostEvents = tonumber(table.remove(ARGV)), tonumber(table.remove(ARGV))
local now = table.remove(ARGV)
local function trim(bytes)
  local length = redis.call('XLEN', KEYS[4])
  while (length > mostEvents or bytes > mostBytes) and length > 1 do
    local gone = {}
    for _, entry in ipairs(redis.call('XRANGE', KEYS[4], '-', '+', 'COUNT', 100)) do
      if (length <= mostEvents and bytes <= mostBytes) or length <= 1 then break end
      gone[#gone + 1] = entry[1]
      length, bytes = length - 1, bytes - #entry[2][6] - ${outboxOverheadBytes}
    end
    redis.call('XDEL', KEYS[4], unpack(gone))
  end
  return bytes
end
local function fill(list, first, last)
  if redis.call('EXISTS', KEYS[4]) == 0 then redis.call('HSET', KEYS[5], 'bytes', 0) end
  local n = redis.call('HINCRBY', KEYS[5], 'n', last - first + 1) - (last - first + 1)
  local bytes = tonumber(redis.call('HGET', KEYS[5], 'bytes') or 0)
  for i = first, last do
    n = n + 1
    redis.call('XADD', KEYS[4], '*', 'n', string.format('%.0f', n), 't', now, 'e', list[i])
    bytes = bytes + #list[i] + ${outboxOverheadBytes}
  end
  redis.call('HSET', KEYS[5], 'bytes', string.format('%.0f', trim(bytes)))
end
local function toOutbox(list, first, last)
  if last < first then return '' end
  local ok, failure = pcall(fill, list, first, last)
  if ok then return '' end
  return type(failure) == 'table' and failure.err or tostring(failure)
end`;

/** The keys and arguments of `outboxLua`, behind those of the script itself. */
export const outboxKeys = ({ stream, counts }: OutboxTarget): string[] => [stream, counts];
export const outboxArgs = ({ mostEvents, mostBytes }: OutboxTarget, wallNowMs: number): number[] => [
  wallNowMs, mostEvents, mostBytes,
];
