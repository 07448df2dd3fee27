import { readFileSync, readlinkSync } from 'node:fs';
import { readStat, type ProcessIdentity } from '@pinky/supervisor/identity';
import { inodesOf, sockets, type BoundSocket } from '../ports/ports-in-use.js';
import { lookThroughProcesses } from './process-look.js';

/**
 * Whether a process of the game has bound the port, TCP or UDP. Only the game's own process and those that descend from
 * it are looked at, which costs little.
 */
export function bindsPort(game: ProcessIdentity, port: number): boolean {
  if (!isItself(game)) return false;
  const wanted = new Set(sockets().filter((one) => one.port === port && isServer(one)).map(({ inode }) => inode));
  return wanted.size > 0 && family(game.pid).some((pid) => [...(inodesOf(pid) ?? [])].some((one) => wanted.has(one)));
}

/**
 * The ports that all processes of the game have bound, wherever they hide, in order. Undefined if that cannot be seen:
 * a process of the game belongs to another user, or has a network of its own. No other program has `datafile` as
 * `DATAFILE` in its environment.
 */
export function boundPorts(game: ProcessIdentity, datafile: string): readonly number[] | undefined {
  if (!isItself(game)) return undefined;
  const needle = Buffer.from(`DATAFILE=${datafile}\0`);
  const marked = lookThroughProcesses((one) => one.isOf(game.pid) || one.hasInEnvironment(needle));
  const pids = [...new Set([...family(game.pid), ...marked.map(({ pid }) => pid)])];
  const inodes = pids.map((pid) => (isOfOurNetwork(pid) ? inodesOf(pid) : undefined));
  // a process that ended meanwhile has no ports
  if (inodes.some((one, at) => one === undefined && readStat(pids[at] ?? 0) !== undefined)) return undefined;
  const held = new Set(inodes.flatMap((one) => [...(one ?? [])]));
  const ports = sockets().filter((one) => isServer(one) && held.has(one.inode)).map(({ port }) => port);
  return [...new Set(ports)].toSorted((a, b) => a - b);
}

const isServer = ({ isConnection, hasPartner }: BoundSocket): boolean => !isConnection && !hasPartner;

const isItself = ({ pid, startTime }: ProcessIdentity): boolean => readStat(pid)?.startTime === startTime;

/** The process and all that descend from it (proc_pid_task_tid_children(5)). */
export function family(pid: number): number[] {
  const pids = [pid];
  for (let at = 0; at < pids.length; at += 1) pids.push(...childrenOf(pids[at] ?? 0));
  return pids;
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // gone, or a kernel without this file
  }
}

/** Only then the kernel's tables that we read are those of the process. */
function isOfOurNetwork(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net');
  } catch {
    return false; // gone, or another user's
  }
}
