import { spawnSync } from 'node:child_process';
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

/**
 * A file held with flock(2). The lock belongs to our open file, so the kernel gives it back at our death however we
 * die; a file that is left behind means nothing. Node has no flock, so flock(1) takes the lock on our descriptor, which
 * it inherits: both share one open file description, and ours keeps the lock when flock(1) is gone.
 */
export class FileLock {
  private constructor(readonly path: string, private readonly fd: number) {}

  /**
   * Undefined where another process holds the file. The file is made if need be (0600). Throws the open(2) error, or
   * ENOENT
   * where flock(1) is not installed. */
  static take(path: string): FileLock | undefined {
    for (;;) {
      const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
      try {
        const result = spawnSync('flock', ['--exclusive', '--nonblock', '3'], {
          stdio: ['ignore', 'ignore', 'ignore', fd],
        });
        if (result.error) throw result.error;
        if (result.status !== 0) return letGo(fd);
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

  /** What the owner of a locked file wrote into it; empty where there is none. */
  static contentOf(path: string): string {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  }

  /** Removes the file and lets go of it; whoever waits for this one sees that it is no longer at its path. */
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
