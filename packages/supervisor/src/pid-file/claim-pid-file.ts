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
import { lockFile, unlockFile } from '../file-lock/kernel-lock.js';
import { ownerPath, readPidFile } from './read-pid-file.js';

/** What a claim found and replaced. */
export type Replaced = 'missing' | 'empty' | 'stale';

/**
 * Writes `pid` into the pid file at `path`, as sipid's `claim` does: makes the directory, locks the file, refuses where
 * its process runs (pid reuse does not count), writes. Of any number of claims at once exactly one gets it.
 *
 * `already_running`: its owner runs, or another claim is at it. `bad_pid_file`: it holds something else than a pid, and
 * is left as it is: it may be no pid file at all. An empty file is taken over and reported: that is what a full disk
 * leaves.
 */
export function claimPidFile(
  path: string,
  pid: number = process.pid,
  { makesDirectory = true }: { readonly makesDirectory?: boolean } = {},
): Replaced {
  if (makesDirectory) mkdirSync(dirname(path), { recursive: true });
  const wasThere = existsSync(path);
  return underLock(path, constants.O_CREAT, () => {
    const state = readPidFile(path);
    if (state.type === 'owned') {
      throw new PinkyError('already_running', `${path} is claimed by process ${state.pid}, which is running`);
    }
    if (state.type === 'garbage') {
      throw new PinkyError('bad_pid_file', `${path} holds ${JSON.stringify(state.text)}, which is no pid`);
    }
    // Killed between the two, we leave an owner file for another pid than the pid file's: it counts for nothing.
    const owner = identify(pid);
    if (owner) writeWhole(ownerPath(path), `${JSON.stringify(owner)}\n`);
    else rmSync(ownerPath(path), { force: true });
    writeWhole(path, `${pid}\n`);
    return state.type === 'empty' && !wasThere ? 'missing' : state.type; // made for the sake of the lock
  });
}

/**
 * Removes the pid file where it still names `pid`; false where it names another process or is gone, or where it may not
 * be removed (after a change of user, say). What stays names no running process, and the next claim replaces it.
 */
export function releasePidFile(path: string, pid: number = process.pid): boolean {
  try {
    return names(path, pid) && underLock(path, 0, () => {
      if (!names(path, pid)) return false;
      rmSync(ownerPath(path), { force: true });
      rmSync(path, { force: true });
      return true;
    });
  } catch {
    return false; // EACCES, EPERM, EROFS; or another process is claiming it at this moment
  }
}

/**
 * Claims the pid file for this process and has it removed when it exits (not by a signal that kills). Throws as
 * `claimPidFile`, and ENOENT where its directory does not exist: a daemon's pid file is read by others, who would not
 * find a made-up place.
 */
export function holdPidFile(path: string): { readonly replaced: Replaced; release(): void } {
  const pid = process.pid;
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

/** How often the file may be replaced under our hands before somebody is taken to be busy with it. */
const replacements = 5;

/**
 * Runs `work` with the kernel's lock on the file at `path`, made if `create` is O_CREAT. Reading it is enough to lock
 * it: a daemon that has changed its user may remove a file that it could not write. Whoever held it before us may
 * have put another file at the path: a lock counts only on the one that is there now.
 */
function underLock<T>(path: string, create: number, work: () => T): T {
  for (let attempt = 0; attempt < replacements; attempt += 1) {
    const fd = openSync(path, constants.O_RDONLY | create, 0o644);
    try {
      const outcome = lockFile(fd);
      if (outcome === 'unavailable') {
        throw new PinkyError('missing_program', 'flock(1) of util-linux is needed to claim a pid file');
      }
      if (outcome === 'busy') {
        throw new PinkyError('already_running', `${path} is being claimed by another process at this moment`);
      }
      if (fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino) return work();
    } finally {
      unlockFile(fd);
    }
  }
  throw new PinkyError('already_running', `${path} is being claimed by other processes at this moment`);
}

/** Puts a file in place whole: readers see the old text or the new one. */
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
