import { spawnSync } from 'node:child_process';
import { isIPv4, isIPv6 } from 'node:net';
import type { UserRange } from '../isolation/game-user.js';

/** A TCP port that games may not connect to. */
export interface GuardedPort {
  readonly port: number;
  /** The machine that has it, by address. Absent: this machine. A name stands for every machine. */
  readonly host?: string;
}

export interface PortGuard {
  /** The name of the table: letters, digits and _. */
  readonly table: string;
  readonly users: readonly UserRange[];
  readonly ports: readonly GuardedPort[];
}

/** The rules for nft(8), which replace those of before in one step. */
export function guardRules({ table, users, ports }: PortGuard): string {
  const uids = users.map(({ first, count }) => (count === 1 ? `${first}` : `${first}-${first + count - 1}`)).join(', ');
  const rule = ({ port, host }: GuardedPort): string =>
    `    meta skuid { ${uids} } ${destination(host)}tcp dport ${port} reject with tcp reset`;
  return [
    `table inet ${table}`, // so that there is one to delete
    `delete table inet ${table}`,
    `table inet ${table} {`,
    '  chain output {',
    '    type filter hook output priority 0; policy accept;',
    ...ports.map(rule),
    '  }',
    '}',
    '',
  ].join('\n');
}

function destination(host: string | undefined): string {
  if (host === undefined) return 'fib daddr type local ';
  if (isIPv4(host)) return `ip daddr ${host} `;
  return isIPv6(host) ? `ip6 daddr ${host} ` : '';
}

/** Keeps these users from these ports. Answers why that cannot be had; undefined if it holds. */
export const guardPorts = (guard: PortGuard): string | undefined => nft(['-f', '-'], guardRules(guard));

/** Removes what `guardPorts` has made. */
export const unguardPorts = (table: string): void => void nft(['delete', 'table', 'inet', table]);

/** Whether there are rules of that name. */
export const arePortsGuarded = (table: string): boolean => nft(['list', 'table', 'inet', table]) === undefined;

function nft(args: readonly string[], input = ''): string | undefined {
  const { status, stderr, error } = spawnSync('nft', [...args], { input, encoding: 'utf8', timeout: 10_000 });
  if (error) return 'nft(8) is not there (package nftables)';
  return status === 0 ? undefined : (stderr.trim().split('\n')[0] ?? `nft exited with ${status}`);
}
