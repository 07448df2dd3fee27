import { readdirSync, readFileSync } from 'node:fs';
import { until } from '@pinky/protocol/testing';
import { isAlive, parseStat, readStat, type ProcessIdentity } from '@pinky/supervisor/identity';

export { isAlive };

/** Whether a process with this pid runs; a zombie does not. */
export const runs = (pid: number): boolean => !['Z', 'X', undefined].includes(readStat(pid)?.state);

/** Resolves when no process with this pid runs any more. */
export const gone = (pid: number): Promise<true> => until(`process ${pid} is gone`, () => !runs(pid));

/**
 * Pids of everything whose environment names a file below this folder as its datafile: games, their wrappers and
 * children.
 */
export function processesOf(servers: string): number[] {
  return allPids().filter((pid) => environOf(pid).includes(`\0DATAFILE=${servers}/`) && runs(pid));
}

/** Ends them, whatever they are doing. */
export function killAll(pids: readonly (number | undefined)[]): void {
  for (const pid of pids) {
    if (pid === undefined || pid <= 1) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it ended by itself
    }
  }
}

function allPids(): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
}

function environOf(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
  } catch {
    return ''; // gone meanwhile
  }
}

/** Memory that belongs to one process alone, bytes (smaps_rollup, proc(5)). */
export function privateBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)].reduce(
    (sum, [, kb]) => sum + Number(kb),
    0,
  );
  return kilobytes * 1024;
}

export function identityOf(pid: number, bootId: string): ProcessIdentity {
  const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (!stat) throw new Error(`no process ${pid}`);
  return { pid, startTime: stat.startTime, bootId };
}

/** Its command line and state, for people. */
export function commandOf(pid: number): string {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return `${command} (${readStat(pid)?.state}, child of ${readStat(pid)?.parent})`;
  } catch {
    return 'gone by now';
  }
}
