import type { Redis } from 'ioredis';
import { redisState, type RedisKeys, type ServerStatus } from '@pinky/protocol';
import { cursorOfDownSeconds } from '../publish/set-cursor.js';

/** Whether a server in this state has keys. One that is `down` or `failed` has none. */
export const hasKeys = (status: ServerStatus | undefined): status is ServerStatus =>
  status !== undefined && redisState[status.state] !== undefined;

/** Everything that a status writes, as one text: equal texts need no write. */
export const keysOf = (status: ServerStatus | undefined): string =>
  hasKeys(status)
    ? JSON.stringify([redisState[status.state], status.pid, status.port, [...status.players].sort()])
    : '';

/** Makes a server's keys say what `status` says, in one transaction. Removes them where it is down or has no status. */
export async function writeServerKeys(
  redis: Redis,
  keys: RedisKeys,
  serverId: string,
  status: ServerStatus | undefined,
): Promise<void> {
  const state = hasKeys(status) ? redisState[status.state] : undefined;
  const transaction = redis.multi().del(keys.players(serverId));
  if (status && state !== undefined) {
    transaction
      .set(keys.serverState(serverId), state)
      .set(keys.server(serverId), JSON.stringify({ pid: status.pid, port: status.port }))
      .persist(keys.cursor(serverId));
    if (status.players.length > 0) transaction.sadd(keys.players(serverId), ...status.players);
  } else {
    transaction
      .del(keys.serverState(serverId), keys.server(serverId))
      .expire(keys.cursor(serverId), cursorOfDownSeconds);
  }
  const replies = await transaction.exec();
  const failed = replies?.find(([error]) => error)?.[0];
  if (failed) throw failed;
}

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
