import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { flock } from './kernel-lock.js';

/**
 * A file held by the kernel's lock (see `lockDescriptor`). The kernel takes the lock back when we die, however we die.
 * A file that is left behind means nothing.
 */
export class FileLock {
  private constructor(readonly path: string, private readonly fd: number) {}

  /**
   * Undefined if another process holds the file. Creates the file if need be (0600). Throws the error of open(2), or
   * ENOENT if flock(1) is not installed.
   */
  static take(path: string): FileLock | undefined {
    for (;;) {
      const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
      try {
        const { status, error } = flock(fd, 0);
        if (error) throw error;
        if (status !== 0) return letGo(fd);
        if (isAt(path, fd)) return new FileLock(path, fd);
      } catch (error) {
        closeSync(fd);
        throw error;
      }
      closeSync(fd); // its owner removed the file between our open and our lock
    }
  }

  /** Replaces the file's content. */
  write(text: string): void {
    ftruncateSync(this.fd, 0);
    writeSync(this.fd, text, 0);
  }

  /** The text that the owner of a locked file wrote into it. Empty if there is none. */
  static contentOf(path: string): string {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  }

  /** Removes the file and lets go of it. A process that waits for this file sees that the path no longer names it. */
  remove(): void {
    try {
      rmSync(this.path, { force: true });
    } finally {
      closeSync(this.fd);
    }
  }

  /** Empties the file and lets go of it. */
  release(): void {
    try {
      ftruncateSync(this.fd, 0);
    } finally {
      closeSync(this.fd);
    }
  }
}

function letGo(fd: number): undefined {
  closeSync(fd);
}

/** Whether the path still names the open file. */
function isAt(path: string, fd: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.ino === fstatSync(fd).ino;
}
