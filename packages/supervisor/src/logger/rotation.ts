import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { lockDescriptor, unlockDescriptor } from '../file-lock/kernel-lock.js';

/** When a log is rotated, and how much of it is kept. */
export interface Rotation {
  /** Bytes in a file before the next record begins a new one. Default 1 048 576: ServerEngine's `log_rotate_size`. */
  readonly sizeBytes: number;
  /**
   * Files that are kept, counting the current one and at least one old one. 0 never rotates. Default 5: ServerEngine's
   * `log_rotate_age`. A word rotates by the calendar instead of by size, and keeps every file.
   */
  readonly generations: number | 'daily' | 'weekly' | 'monthly';
}

export const defaultRotation: Rotation = { sizeBytes: 1_048_576, generations: 5 };

/** The outcome of a rotation. `pointless`: another process was faster. `busy`: another process rotates, slowly. */
export type RotationOutcome = 'rotated' | 'pointless' | 'busy' | 'unavailable';

/** How long to wait for another process's rotation. It takes 2 ms, unless that process is stopped. Milliseconds. */
const lockWaitMs = 200;

export interface RotateOptions {
  readonly path: string;
  /** Whether a file of this size is due. Asked again under the lock. */
  readonly isDue: (size: number) => boolean;
  /** Moves the old files to their new names. Must rename the others first and then `keep` the current one by a link. */
  readonly shift: (keep: (name: string) => void) => void;
  /** The first text of the new file. */
  readonly header: string;
}

/**
 * Replaces the log at `path` by a new file while other processes write to it.
 *
 * The kernel's lock on the file itself admits one process. The old file gets its new name by a hard link, and the new
 * file is renamed over the path, so a writer finds a file at the path at every moment. A process killed in between
 * leaves at most one name too many, which the next rotation removes. Writers do not lock: see `SharedLogFile.append`.
 */
export function rotate({ path, isDue, shift, header }: RotateOptions): RotationOutcome {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const outcome = lockDescriptor(fd, lockWaitMs);
    if (outcome !== 'taken') return outcome;
    const locked = fstatSync(fd);
    const current = statSync(path);
    if (locked.ino !== current.ino || !isDue(current.size)) return 'pointless';
    const fresh = createBeside(path, header, current.mode);
    try {
      shift((name) => keepAs(path, name, current.ino));
      renameSync(fresh, path);
    } finally {
      rmSync(fresh, { force: true });
    }
    return 'rotated';
  } finally {
    unlockDescriptor(fd);
  }
}

/** Moves each old file one number on, the last over the one before it, and the current file to `log.0`. */
export function shiftBySize(path: string, generations: number, keep: (name: string) => void): void {
  const kept = Math.max(1, generations - 1);
  const dropLeftover = `${path}.0`;
  // A rotation was killed between its link and its rename.
  if (sameFile(path, dropLeftover)) unlinkSync(dropLeftover);
  for (let index = kept - 2; index >= 0; index -= 1) {
    if (statSync(`${path}.${index}`, { throwIfNoEntry: false })) renameSync(`${path}.${index}`, `${path}.${index + 1}`);
  }
  keep(`${path}.0`);
}

/** Creates a file under a name that no other process uses. It can then be moved or linked to `path`. */
export function createBeside(path: string, content: string, mode: number): string {
  const name = `${path}.new.${process.pid}.${process.hrtime.bigint()}`;
  const fd = openSync(name, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND, mode);
  try {
    if (content !== '') writeSync(fd, content);
  } finally {
    closeSync(fd);
  }
  return name;
}

function keepAs(path: string, name: string, inode: number): void {
  const there = statSync(name, { throwIfNoEntry: false });
  if (there?.ino === inode) return;
  if (there) unlinkSync(name);
  linkSync(path, name);
}

function sameFile(one: string, other: string): boolean {
  const a = statSync(one, { throwIfNoEntry: false });
  const b = statSync(other, { throwIfNoEntry: false });
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
