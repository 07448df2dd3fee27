import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { until } from '@pinky/protocol/testing';
import { identify, readStat, signalProcess } from '@pinky/supervisor';

/** A process's facts from `/proc`, in the words of the recorded daemon cases. */
export interface ProcessFacts {
  readonly pid: number;
  readonly uid: readonly string[];
  readonly gid: readonly string[];
  readonly umask: string;
  readonly standard_streams: readonly string[];
  readonly supplementary_groups: readonly string[];
  readonly cwd: string;
  readonly parent: number;
  readonly session: number;
  readonly commandLine: string;
}

/** The processes whose environment has `mark`, oldest first. A daemon cannot be found by its parent. */
export function markedProcesses(mark: string): readonly ProcessFacts[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  const marked = pids.filter((pid) => pid !== process.pid && isMarked(pid, mark)).flatMap((pid) => factsOf(pid) ?? []);
  const startOf = ({ pid }: ProcessFacts): number => Number(readStat(pid)?.startTime ?? 0);
  return marked.sort((a, b) => startOf(a) - startOf(b) || a.pid - b.pid);
}

/** Kills them all, and waits until they are gone. */
export async function endMarked(mark: string): Promise<void> {
  await until(`the processes of ${mark} are gone`, () => {
    const left = markedProcesses(mark);
    for (const { pid } of left) {
      const identity = identify(pid);
      if (identity) signalProcess(identity, 'SIGKILL');
    }
    return left.length === 0;
  });
}

function isMarked(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark) && identify(pid) !== undefined;
  } catch {
    return false; // it is gone, or another user's
  }
}

function factsOf(pid: number): ProcessFacts | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string): readonly string[] =>
      new RegExp(`^${name}:[ \\t]*(.*)$`, 'm')
        .exec(status)?.[1]
        ?.trim()
        .split(/\s+/)
        .filter((word) => word !== '') ?? [];
    const stat = readStat(pid);
    return {
      pid,
      uid: [...new Set(field('Uid'))],
      gid: [...new Set(field('Gid'))],
      umask: field('Umask')[0] ?? '',
      supplementary_groups: field('Groups'),
      standard_streams: [0, 1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)),
      cwd: readlinkSync(`/proc/${pid}/cwd`),
      parent: stat?.parent ?? 0,
      session: stat?.session ?? 0,
      commandLine: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, ''),
    };
  } catch {
    return undefined; // it is gone meanwhile
  }
}
