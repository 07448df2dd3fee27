import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import {
  arePortsGuarded,
  findUser,
  guardPorts,
  isRoot,
  unguardPorts,
  type GuardedPort,
  type UserRange,
} from '@pinky/jail';
import { boxPaths, readJsonObject, type BoxConfig } from '@pinky/protocol';
import { redisAddress } from '@pinky/queue/address';

/** The table of a home's rules. Several boxes of one machine have each their own. */
const tableOf = (home: string): string => `pinky_${createHash('sha256').update(home).digest('hex').slice(0, 12)}`;

/**
 * Keeps isolated games from the ports of Redis and the API, by nftables. Answers why that cannot be had. Undefined if
 * it holds, or if there is nothing to keep: games that run as root can do anything.
 */
export function guardOwnPorts(config: BoxConfig): string | undefined {
  const ports = guardedPorts(config);
  return areGamesApart(config) && ports.length > 0
    ? guardPorts({ table: tableOf(config.home), users: usersOf(config), ports })
    : undefined;
}

export function unguardOwnPorts(config: BoxConfig): void {
  if (areGamesApart(config)) unguardPorts(tableOf(config.home));
}

/** Whether the rules are there. Undefined if none are needed. */
export const areOwnPortsGuarded = (config: BoxConfig): boolean | undefined =>
  (areGamesApart(config) && guardedPorts(config).length > 0 ? arePortsGuarded(tableOf(config.home)) : undefined);

const areGamesApart = ({ isolation }: BoxConfig): boolean => isRoot() && (isolation?.kind ?? 'none') !== 'none';

export function guardedPorts(config: BoxConfig): readonly GuardedPort[] {
  return [...redisPorts(config), ...apiPorts(config)];
}

function redisPorts(config: BoxConfig): GuardedPort[] {
  const { host, port, sentinels = [] } = redisAddress(config);
  const places = [...(port === undefined ? [] : [{ host, port }]), ...sentinels];
  return places.map(({ host: at = 'localhost', port: number }) =>
    (isLoopback(at) ? { port: number } : { port: number, host: at }));
}

const isLoopback = (host: string): boolean => host === 'localhost' || (isIP(host) > 0 && /^(127\.|::1$)/.test(host));

/** The API goes to the next port if its own is taken, and writes down which one it has. */
function apiPorts({ api, home }: BoxConfig): GuardedPort[] {
  if (!api?.isEnabled) return [];
  const bound = readJsonObject(boxPaths(home).apiAddress)?.['port'];
  return [...new Set([api.port, ...(typeof bound === 'number' ? [bound] : [])])].map((port) => ({ port }));
}

function usersOf({ isolation }: BoxConfig): UserRange[] {
  const { first = 0, count = 0, name, allowed = [] } = isolation?.users ?? {};
  const named = [...(name === undefined ? [] : [name]), ...allowed].flatMap((one) => findUser(one) ?? []);
  return [{ first, count }, ...named.map(({ uid }) => ({ first: uid, count: 1 }))];
}
