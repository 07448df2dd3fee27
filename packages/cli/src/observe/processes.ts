import { readdirSync, readFileSync } from 'node:fs';
import { homeOfProcess, redisOfPidFile } from '@pinky/box/home';
import { boxPaths, titlePadding } from '@pinky/protocol';
import type { ProcessStat } from '@pinky/supervisor/identity';

/** A running process of Pinky, found by its title. */
export interface FoundProcess {
  readonly pid: number;
  readonly title: string;
  readonly role: 'supervisor' | 'queue' | 'redis' | 'api' | 'webhooks' | 'worker' | 'funpack-runner';
  readonly serverId: string | undefined;
}

const titlePattern = /^pinky: (supervisor|queue|api|webhooks|worker|funpack-runner)\b ?(.*)$/;

/** The processes of one home, found in /proc. For when neither supervisor nor queue answers. */
export function findProcesses(home: string): FoundProcess[] {
  const found: FoundProcess[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const pid = Number(entry);
    const title = titleOf(pid);
    const match = titlePattern.exec(title);
    if (!match || homeOfProcess(pid) !== home) continue;
    // The pattern allows only these.
    const role = match[1] as FoundProcess['role'];
    const words = (match[2] ?? '').split(' ');
    const serverId = role === 'worker' ? words[0] : role === 'funpack-runner' ? words[1] : undefined;
    found.push({ pid, title, role, serverId });
  }
  return [...found, ...findRedis(home)];
}

/** Whether a supervisor of this home runs, also just after `startSupervisor`, before it has its title. */
export const isSupervisorStarting = (home: string): boolean =>
  readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    const [title = '', , given, padding] = textOf(`/proc/${entry}/cmdline`).split('\0');
    const isOne = title.startsWith('pinky: supervisor') || (given === home && padding === titlePadding);
    return isOne && homeOfProcess(Number(entry)) === home;
  });

function findRedis(home: string): FoundProcess[] {
  const pid = redisOfPidFile(home)?.pid;
  return pid === undefined ? [] : [{
    pid,
    title: titleOf(pid),
    role: 'redis',
    serverId: undefined,
  }];
}

/**
 * The supervisor of a home that was moved while it runs: the pid file of the home names it, and it still uses the path
 * of before. A copy of a home names the supervisor of the home that it was copied from, which does not count.
 */
export function supervisorLeftBehind(home: string): { readonly pid: number; readonly path: string } | undefined {
  const pidIn = (dir: string): number => Number.parseInt(textOf(boxPaths(dir).supervisorPid), 10);
  const pid = pidIn(home);
  const path = pid > 1 && titleOf(pid).startsWith('pinky: supervisor') ? homeOfProcess(pid) : undefined;
  return path === undefined || path === home || pidIn(path) === pid ? undefined : { pid, path };
}

/** The title of a process: the first argument of its command line. Empty if it has ended or belongs to the kernel. */
function titleOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`).replace(/\0[^]*$/, '').trim();
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has just ended, or is closed to us
  }
}

/** When a process began, in Unix milliseconds. Its start time is in clock ticks, 100 a second on Linux (sysconf(3)). */
export function startedAt(stat: ProcessStat): number {
  const uptimeSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return Math.round(Date.now() - (uptimeSeconds - Number(stat.startTime) / 100) * 1000);
}
