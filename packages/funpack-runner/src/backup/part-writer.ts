import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '@pinky/protocol';

const partName = /^\.(\d+)\.part$/;
/** Linux tells times of processes in hundredths of a second, whatever the kernel was built with. */
const tickMs = 10;
/** The boot time is told in whole seconds, and times of files by the tick of the kernel. Milliseconds. */
const toleranceMs = 2_000;

/** Archives that are half written, or were. `isAlive`: their writer, another process, still is. */
export function partsIn(dir: string): readonly { readonly name: string; readonly isAlive: boolean }[] {
  return readdirSync(dir).flatMap((name) => {
    const pid = Number(partName.exec(name)?.[1] ?? 0);
    return pid === 0 ? [] : [{ name, isAlive: pid !== process.pid && isWriter(pid, join(dir, name)) }];
  });
}

/**
 * Whether the process with that pid wrote the file. After a reboot its pid may be that of any program, which has
 * started since the file was last written. The clock may have jumped in between, so a runner is always believed.
 */
function isWriter(pid: number, path: string): boolean {
  if (!isRunning(pid)) return false;
  try {
    const modifiedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (startedAt(pid) <= modifiedAt + toleranceMs) return true;
    return readFileSync(`/proc/${pid}/cmdline`).includes('funpack-runner');
  } catch {
    return isRunning(pid); // a system that hides other users' processes
  }
}

/** When a process began, by the clock of now. Unix milliseconds. */
function startedAt(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]); // field 22: the name may hold anything
  const bootedAt = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1]);
  return bootedAt * 1_000 + ticks * tickMs;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (failure) {
    return errnoOf(failure) === 'EPERM';
  }
}
