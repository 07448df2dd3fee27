import { readFileSync, statSync } from 'node:fs';
import { identify, isAlive, type ProcessIdentity } from '../adopt/process-identity.js';
import { readRegularFile, regularFileAt } from '../given-file/regular-file.js';

/** The state of a pid file. `stale`: its process is gone, or another process has its number by now. */
export type PidFileState =
  | { readonly type: 'missing' | 'empty' }
  | { readonly type: 'garbage'; readonly text: string }
  | { readonly type: 'stale'; readonly pid: number }
  | { readonly type: 'owned'; readonly pid: number; readonly owner: ProcessIdentity };

/**
 * The file beside a pid file that says which process of that number is meant. The pid file itself holds the decimal pid
 * and nothing else, because monit, start-stop-daemon and people read it.
 */
export function ownerPath(pidFile: string): string {
  return `${pidFile}.owner`;
}

/**
 * The pid file that is meant by a path: a link stays, and the file that it leads to is meant. `bad_pid_file`: something
 * else than a regular file is there.
 */
export const pidFileAt = (path: string): string => regularFileAt(path, 'bad_pid_file');

/**
 * Reads a pid file, and finds out whether exactly its process still runs. `bad_pid_file`: something else than a regular
 * file is there.
 */
export function readPidFile(given: string): PidFileState {
  const path = pidFileAt(given);
  const text = readRegularFile(path, 'bad_pid_file');
  if (text === undefined) return { type: 'missing' };
  if (text.trim() === '') return { type: 'empty' };
  // Linux: pids go up to 2^22 (PID_MAX_LIMIT), seven digits.
  if (!/^\s*[1-9]\d{0,6}\s*$/.test(text)) return { type: 'garbage', text: text.slice(0, 40) };
  const pid = Number(text);
  const owner = findOwner(path, pid);
  return owner ? { type: 'owned', pid, owner } : { type: 'stale', pid };
}

function findOwner(path: string, pid: number): ProcessIdentity | undefined {
  const recorded = readOwner(path);
  if (recorded?.pid === pid) return isAlive(recorded) ? recorded : undefined;
  const running = identify(pid);
  return running && !beganAfter(running, path) ? running : undefined;
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    // The cast holds for our own files. For any other content the pid differs, or `isAlive` finds nothing.
    return JSON.parse(readRegularFile(ownerPath(path)) ?? 'null') as ProcessIdentity | undefined;
  } catch {
    return undefined; // cut short by a full disk: does not count
  }
}

/** Linux gives start times in ticks of USER_HZ: 100 a second on every architecture that Node runs on. */
const tickMs = 10;
/** The kernel gives its boot time in whole seconds. */
const bootTimeErrorMs = 2000;

/**
 * If another program wrote the pid file there is no owner file, and only the times can tell: a process that began after
 * the file was written is not the one that it names.
 */
function beganAfter({ startTime }: ProcessIdentity, path: string): boolean {
  const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
  const writtenMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
  return bootSeconds * 1000 + Number(startTime) * tickMs > writtenMs + bootTimeErrorMs;
}
