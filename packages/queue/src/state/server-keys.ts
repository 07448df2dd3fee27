import type { Redis } from 'ioredis';
import { redisState, type RedisKeys, type ServerStatus } from '@pinky/protocol';
import { FencedScript, type FencedClient } from '../owner/fenced-script.js';
import { cursorOfDownSeconds } from '../publish/set-cursor.js';

/** Whether a server in this state has keys. One that is `down` or `failed` has none. */
export const hasKeys = (status: ServerStatus | undefined): status is ServerStatus =>
  status !== undefined && redisState[status.state] !== undefined;

/** Everything that a status writes, as one text: equal texts need no write. */
export const keysOf = (status: ServerStatus | undefined): string =>
  hasKeys(status)
    ? JSON.stringify([redisState[status.state], status.pid, status.port, status.ports, [...status.players].sort()])
    : '';

/**
 * Writes all keys of a server in one step, or removes them. Another box that runs the server now keeps its own: a key
 * says which box writes them. KEYS state, players, box of the server, cursor, this box's key of the server. ARGV box,
 * seconds that the cursor is kept, then (to write) state, text of this box's key, players.
 */
const writeKeys = new FencedScript(`
local state, players, box, cursor, own = unpack(KEYS)
local writer = redis.call('GET', box)
if #ARGV < 3 then
  redis.call('DEL', own)
  if writer and writer ~= ARGV[1] then return end
  redis.call('DEL', state, players, box)
  redis.call('EXPIRE', cursor, ARGV[2])
  return
end
redis.call('SET', state, ARGV[3])
redis.call('SET', own, ARGV[4])
redis.call('SET', box, ARGV[1])
redis.call('PERSIST', cursor)
redis.call('DEL', players)
for i = 5, #ARGV, 1000 do redis.call('SADD', players, unpack(ARGV, i, math.min(i + 999, #ARGV))) end`);

/** Makes a server's keys say what `status` says, in one step. Removes them where it is down or has no status. */
export async function writeServerKeys(
  redis: FencedClient,
  keys: RedisKeys,
  server: { readonly box: string; readonly serverId: string },
  status: ServerStatus | undefined,
): Promise<void> {
  const state = hasKeys(status) ? redisState[status.state] : undefined;
  const own = [keys.serverState, keys.players, keys.serverBox, keys.cursor, keys.server].map((key) =>
    key(server.serverId),
  );
  const args: (string | number)[] = [server.box, cursorOfDownSeconds];
  if (status && state !== undefined) {
    args.push(state, ownText(status), ...status.players);
  }
  await writeKeys.run(redis, own, args);
}

/**
 * Compares the keys of servers with what they should say. Those of a server that another box runs by now are its own.
 * KEYS state, players, box of the server, this box's key of the server, for each. ARGV box, then for each server state,
 * text of this box's key, number of players, players. Returns which servers differ, counted from 1.
 */
const compareKeys = new FencedScript(`
local differ, at = {}, 2
for i = 1, #KEYS, 4 do
  local count = tonumber(ARGV[at + 2])
  local writer = redis.pcall('GET', KEYS[i + 2])
  local isWrong = type(writer) == 'table' -- another type: the write says so
  if not writer or writer == ARGV[1] or isWrong then
    local same = writer and not isWrong
      and redis.pcall('GET', KEYS[i]) == ARGV[at] and redis.pcall('GET', KEYS[i + 3]) == ARGV[at + 1]
      and redis.pcall('SCARD', KEYS[i + 1]) == count
    for n = 1, count do same = same and redis.pcall('SISMEMBER', KEYS[i + 1], ARGV[at + 2 + n]) == 1 end
    if not same then differ[#differ + 1] = (i + 3) / 4 end
  end
  at = at + 3 + count
end
return differ`);

/** The ids of those servers whose keys do not say what their status says. */
export async function serversThatDiffer(
  redis: FencedClient,
  keys: RedisKeys,
  box: string,
  statuses: readonly ServerStatus[],
): Promise<string[]> {
  const names = statuses.flatMap(({ serverId }) =>
    [keys.serverState, keys.players, keys.serverBox, keys.server].map((key) => key(serverId)),
  );
  const args = statuses.flatMap((status) => {
    const players = new Set(status.players);
    return [redisState[status.state] ?? '', ownText(status), players.size, ...players];
  });
  const differ = (await compareKeys.run(redis, names, [box, ...args])) as number[]; // the script's reply
  return differ.flatMap((at) => statuses[at - 1]?.serverId ?? []);
}

/** The text of `pinky:<box>:servers:<id>`. */
const ownText = ({ pid, port, ports }: ServerStatus): string => JSON.stringify({ pid, port, ports });

/** The ids of all servers that have keys on this box: `pinky:<box>:servers:<id>` is there whenever any other is. */
export async function serversWithKeys(redis: Redis, keys: RedisKeys): Promise<string[]> {
  const prefix = keys.server('');
  const ids: string[] = [];
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', `${globEscaped(prefix)}*`, 'COUNT', 1000);
    cursor = next;
    ids.push(...found.map((key) => key.slice(prefix.length)));
  } while (cursor !== '0');
  return [...new Set(ids)];
}

const globEscaped = (text: string): string => text.replace(/[*?[\]\\]/g, '\\$&');
