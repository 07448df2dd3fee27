import { readFileSync } from 'node:fs';

/**
 * Tells one process from every other, even after pid reuse and reboots. It is made of the pid, the start time (field 22
 * of `/proc/<pid>/stat`: clock ticks since boot, as text) and the machine's boot id. A pid alone is not enough.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
}

/** One process as `/proc/<pid>/stat` shows it (proc_pid_stat(5)). */
export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  /** One letter: R, S, D, T, Z, X … */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly startTime: string;
}

let cachedBootId: string | undefined;

/** The running kernel's boot id. Read once, since it cannot change while a process runs. */
export function bootId(): string {
  return (cachedBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

/**
 * Parses a stat line. The name may hold spaces and brackets, so it ends at the last bracket. Undefined if cut short.
 */
export function parseStat(line: string): ProcessStat | undefined {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  const fields = line.slice(close + 2).trim().split(' ');
  const startTime = fields[19];
  if (open < 0 || close < open || startTime === undefined) return undefined;
  return {
    pid: Number(line.slice(0, open)),
    name: line.slice(open + 1, close),
    state: fields[0] ?? '?',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTime,
  };
}

/** The process that has this pid now. Undefined if there is none: it may vanish while it is read. */
export function readStat(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined; // gone: ENOENT, or ESRCH between open and read
  }
}

/** The identity of a living process. Undefined if there is none, or only its zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat && isRunning(stat) ? { pid, startTime: stat.startTime, bootId: bootId() } : undefined;
}

/** Whether exactly this process still runs. A zombie does not run. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== bootId()) return false;
  const stat = readStat(identity.pid);
  return stat !== undefined && stat.startTime === identity.startTime && isRunning(stat);
}

/** Sends a signal to exactly this process, or with `group` to the group that it leads. False if it is gone. */
export function signalProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  target: 'process' | 'group' = 'process',
): boolean {
  if (!isAlive(identity)) return false;
  return trySignal(target === 'group' ? -identity.pid : identity.pid, signal);
}

/** Sends a signal to a pid, or to a group by a negative one. False if nothing of that number is left. */
export function trySignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false; // ESRCH: it ended by itself
  }
}

const isRunning = (stat: ProcessStat): boolean => stat.state !== 'Z' && stat.state !== 'X';
