import { readFileSync } from 'node:fs';

/** A tick of the kernel's clock, milliseconds: USER_HZ is 100 wherever Node runs (proc_pid_stat(5)). */
const tickMs = 10;

/**
 * The processor time of processes and of their children that are gone, milliseconds. Undefined if none is there. It is
 * less than before if a process has ended whose parent is not among them.
 */
export function cpuMsOf(pids: readonly number[]): number | undefined {
  const times = pids.flatMap((pid) => ticksOf(pid) ?? []);
  return times.length === 0 ? undefined : times.reduce((sum, ticks) => sum + ticks, 0) * tickMs;
}

function ticksOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // its state first, which is field 3
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  } catch {
    return undefined; // it has ended
  }
}
