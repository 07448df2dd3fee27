import { spawnSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * A file held with flock(2). The lock belongs to our open file, so the kernel gives it back at our death however we
 * die; a file that is left behind means nothing. Node has no flock, so flock(1) takes the lock on our descriptor, which
 * it inherits: both share one open file description, and ours keeps the lock when flock(1) is gone.
 */
export class FileLock {
  private constructor(readonly path: string, private readonly fd: number) {}

  /** Undefined where another process holds the file. The file is made if need be (0600) and never removed. Throws the
   * open(2) error, or ENOENT where flock(1) is not installed. */
  static take(path: string): FileLock | undefined {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      const result = spawnSync('flock', ['--exclusive', '--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
      if (result.error) throw result.error;
      if (result.status === 0) return new FileLock(path, fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
    return undefined;
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

  /** Empties the file and lets go of it. */
  release(): void {
    try {
      ftruncateSync(this.fd, 0);
    } finally {
      closeSync(this.fd);
    }
  }
}
