import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { PinkyError } from '@pinky/protocol/base';
import { identify } from '../adopt/process-identity.js';
import { lockDescriptor, unlockDescriptor } from '../file-lock/kernel-lock.js';
import { ownerPath, pidFileAt, readPidFile } from './read-pid-file.js';

/** The file that a claim found and replaced. */
export type Replaced = 'missing' | 'empty' | 'stale';

/**
 * Writes `pid` into the pid file at `path`, as sipid's `claim` does. Makes the directory, locks the file, refuses if
 * the file's process runs, and writes. A reused pid does not count as running. If many claim at once, exactly one wins.
 * A link stays, and the file that it leads to is the pid file.
 *
 * `already_running`: the owner runs, or another process is claiming the file. `bad_pid_file`: it is no regular file, or
 * holds no pid. It stays as it is, since it may be no pid file at all. An empty file is taken over and reported: a full
 * disk leaves one.
 */
export function claimPidFile(
  given: string,
  pid: number = process.pid,
  { makesDirectory = true }: { readonly makesDirectory?: boolean } = {},
): Replaced {
  const path = pidFileAt(given);
  if (makesDirectory) mkdirSync(dirname(path), { recursive: true });
  const wasThere = existsSync(path);
  return underLock(path, constants.O_CREAT, () => {
    const state = readPidFile(path);
    if (state.type === 'owned') {
      throw new PinkyError('already_running', `${path} is claimed by process ${state.pid}, which is running`);
    }
    if (state.type === 'garbage') {
      throw new PinkyError('bad_pid_file', `${path} holds ${JSON.stringify(state.text)}, which is not a pid`);
    }
    // If we are killed between the two, the owner file names another pid than the pid file, and does not count.
    const owner = identify(pid);
    if (owner) writeWhole(ownerPath(path), `${JSON.stringify(owner)}\n`);
    else rmSync(ownerPath(path), { force: true });
    writeWhole(path, `${pid}\n`);
    return state.type === 'empty' && !wasThere ? 'missing' : state.type; // the lock needed a file
  });
}

/**
 * Removes the pid file if it still names `pid`. False if it names another process, is gone, or cannot be removed
 * (after a change of user, say). A file that stays names no running process, and the next claim replaces it.
 */
export function releasePidFile(given: string, pid: number = process.pid): boolean {
  try {
    const path = pidFileAt(given);
    return names(path, pid) && underLock(path, 0, () => {
      if (!names(path, pid)) return false;
      rmSync(ownerPath(path), { force: true });
      rmSync(path, { force: true });
      return true;
    });
  } catch {
    return false; // EACCES, EPERM, EROFS, or another process is claiming it right now
  }
}

/**
 * Claims the pid file for this process and removes it when the process exits, unless a signal kills it. Throws as
 * `claimPidFile` does, and ENOENT if the directory does not exist: other programs read a daemon's pid file, and
 * would not look in a place that we made up. It removes the file that it claimed, wherever a link leads by then.
 */
export function holdPidFile(given: string): { readonly replaced: Replaced; release(): void } {
  const pid = process.pid;
  const path = pidFileAt(given);
  const replaced = claimPidFile(path, pid, { makesDirectory: false });
  const release = (): void => {
    process.off('exit', release);
    if (process.pid === pid) releasePidFile(path, pid);
  };
  process.once('exit', release);
  return { replaced, release };
}

function names(path: string, pid: number): boolean {
  const state = readPidFile(path);
  return 'pid' in state && state.pid === pid;
}

/** How often the file may be replaced during one claim before it counts as busy. */
const replacements = 5;

/**
 * Runs `work` under the kernel's lock on the file at `path`, which is made if `create` is O_CREAT. The file is opened
 * for reading only: a daemon that has changed its user may remove a file that it could not write. The owner before us
 * may have put another file at the path, so a lock counts only on the file that is there now.
 */
function underLock<T>(path: string, create: number, work: () => T): T {
  for (let attempt = 0; attempt < replacements; attempt += 1) {
    // Opening it must wait for nothing, even if a pipe is there by now.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW | create, 0o644);
    try {
      const outcome = lockDescriptor(fd);
      if (outcome === 'unavailable') {
        throw new PinkyError('missing_program', 'claiming a pid file needs flock(1) of util-linux: install it');
      }
      if (outcome === 'busy') {
        throw new PinkyError('already_running', `${path} is being claimed by another process right now`);
      }
      if (fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino) return work();
    } finally {
      unlockDescriptor(fd);
    }
  }
  throw new PinkyError('already_running', `${path} is being claimed by other processes right now`);
}

/** Puts a whole file in place. Readers see the old text or the new one. */
function writeWhole(path: string, text: string): void {
  const fresh = `${path}.new.${process.pid}`;
  const fd = openSync(fresh, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o644);
  try {
    writeFileSync(fd, text);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}
