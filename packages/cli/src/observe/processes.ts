import { readdirSync, readFileSync } from 'node:fs';
import { boxPaths } from '@pinky/protocol';
import { identify, readStat, type ProcessStat } from '@pinky/supervisor/identity';

/** A living process of Pinky's, found by its title. */
export interface FoundProcess {
  readonly pid: number;
  readonly title: string;
  readonly role: 'supervisor' | 'queue' | 'redis' | 'worker' | 'funpack-runner';
  readonly serverId: string | undefined;
}

const titlePattern = /^pinky: (supervisor|queue|worker|funpack-runner)\b ?(.*)$/;

/** Pinky's processes of one home, looked up in /proc: for when nobody can be asked. */
export function findProcesses(home: string): FoundProcess[] {
  const found: FoundProcess[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const pid = Number(entry);
    const title = titleOf(pid);
    const match = titlePattern.exec(title);
    if (!match || homeOfProcess(pid) !== home) continue;
    // The pattern admits these four only.
    const role = match[1] as FoundProcess['role'];
    const words = (match[2] ?? '').split(' ');
    const serverId = role === 'worker' ? words[0] : role === 'funpack-runner' ? words[1] : undefined;
    found.push({ pid, title, role, serverId });
  }
  return [...found, ...findRedis(home)];
}

/** The private Redis: its pid file counts only where it names a redis-server. */
function findRedis(home: string): FoundProcess[] {
  const pid = Number.parseInt(textOf(boxPaths(home).redisPid), 10);
  const isRedis = pid > 0 && identify(pid) !== undefined && readStat(pid)?.name === 'redis-server';
  return isRedis ? [{ pid, title: titleOf(pid), role: 'redis', serverId: undefined }] : [];
}

/** The command line of a process, its arguments joined by spaces; empty where it is gone or belongs to the kernel. */
function titleOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`).replace(/\0[^]*$/, '').trim();
}

/** The PINKY_HOME in a process's environment (its own user's and root's to read), or undefined. */
function homeOfProcess(pid: number): string | undefined {
  return textOf(`/proc/${pid}/environ`)
    .split('\0')
    .find((entry) => entry.startsWith('PINKY_HOME='))
    ?.slice('PINKY_HOME='.length);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // gone meanwhile, or not ours to read
  }
}

/**
 * Unix milliseconds at which a process began, from its start time in clock ticks (100 a second on Linux, sysconf(3)).
 */
export function startedAt(stat: ProcessStat): number {
  const uptimeSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return Math.round(Date.now() - (uptimeSeconds - Number(stat.startTime) / 100) * 1000);
}

/** Resident memory of a process in bytes, or undefined where it is gone. */
export function residentBytes(pid: number): number | undefined {
  const pages = Number(textOf(`/proc/${pid}/statm`).split(' ')[1]);
  return Number.isFinite(pages) ? pages * 4096 : undefined;
}

