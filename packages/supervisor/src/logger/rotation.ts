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
import { lockFile, unlockFile } from '../file-lock/kernel-lock.js';

/** When a log is rotated and what is kept. */
export interface Rotation {
  /**
   * Bytes a file may hold before the next record starts a new one. Default 1 048 576, as ServerEngine's
   * `log_rotate_size`.
   */
  readonly sizeBytes: number;
  /**
   * Files that are kept, the current one among them (at least one old one); 0 never rotates. Default 5, as
   * ServerEngine's
   * `log_rotate_age`. A word rotates by the calendar instead of by size and keeps every file.
   */
  readonly generations: number | 'daily' | 'weekly' | 'monthly';
}

export const defaultRotation: Rotation = { sizeBytes: 1_048_576, generations: 5 };

/** What a rotation came to. `pointless`: another process was faster. `busy`: another process is at it, and slow. */
export type RotationOutcome = 'rotated' | 'pointless' | 'busy' | 'unavailable';

/** How long a rotation waits for that of another process: one takes 2 ms, more means that its process is stopped. */
const lockWaitMs = 200;

export interface RotateOptions {
  readonly path: string;
  /** Whether the file at the path is still due, asked again under the lock. */
  readonly isDue: (size: number) => boolean;
  /** Moves the old file's content to its new names: `keep` links it to one, all others are renamed before. */
  readonly shift: (keep: (name: string) => void) => void;
  /** What the new file begins with. */
  readonly header: string;
}

/**
 * Replaces the log at `path` by a new file, with every other process that writes to it at work.
 *
 * The kernel's lock on the file itself admits one process. The old file gets its new name by a hard link and the path
 * gets the new file by a rename over it, so that at every moment a writer finds a file at the path; a process killed in
 * between leaves at most one name too many, which the next rotation takes away. Writers do not lock: see
 * `LogFile.append`.
 */
export function rotate({ path, isDue, shift, header }: RotateOptions): RotationOutcome {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const outcome = lockFile(fd, lockWaitMs);
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
    unlockFile(fd);
  }
}

/** `log.0` is the newest: moves each old file one on, the last over its predecessor, and the current one to `log.0`. */
export function shiftBySize(path: string, generations: number, keep: (name: string) => void): void {
  const kept = Math.max(1, generations - 1);
  const dropLeftover = `${path}.0`;
  // a rotation that was killed between its link and its rename
  if (sameFile(path, dropLeftover)) unlinkSync(dropLeftover);
  for (let index = kept - 2; index >= 0; index -= 1) {
    if (statSync(`${path}.${index}`, { throwIfNoEntry: false })) renameSync(`${path}.${index}`, `${path}.${index + 1}`);
  }
  keep(`${path}.0`);
}

/** Creates a file under a name that no other process uses, ready to be moved or linked to `path`. */
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
