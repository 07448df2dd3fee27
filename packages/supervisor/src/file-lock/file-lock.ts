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
import { systemClock, toWholeSecond, type Logger } from '@pinky/protocol/base';
import { flock } from './kernel-lock.js';

/** Between two looks whether the path still names the locked file, milliseconds. */
const lookMs = 1_000;

/**
 * A look at the path found our file; or nothing, or another text, so that it was taken and written again; or the file
 * of another process, which stays.
 */
export type LockLook = 'held' | 'restored' | 'lost';

/**
 * A file held by the kernel's lock (see `lockDescriptor`). The kernel takes the lock back when we die, however we die.
 * A file that is left behind means nothing.
 */
export class FileLock {
  #text = '';
  #timer: NodeJS.Timeout | undefined;

  private constructor(readonly path: string, private fd: number) {}

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
    this.#text = text;
    ftruncateSync(this.fd, 0);
    writeSync(this.fd, text, 0);
  }

  /**
   * A file that somebody removed (a cleaner of /tmp, say) locks nobody out, and tells nobody our pid. The kernel tells
   * its owner nothing, so the owner looks. Throws as `take` does.
   */
  look(): LockLook {
    const found = statSync(this.path, { throwIfNoEntry: false });
    if (found !== undefined && isAt(this.path, this.fd)) {
      if (found.size === Buffer.byteLength(this.#text)) return 'held';
    } else {
      const again = FileLock.take(this.path);
      if (!again) return 'lost';
      closeSync(this.fd);
      this.fd = again.fd;
    }
    this.write(this.#text);
    return 'restored';
  }

  /** Looks each second until it is let go of. The log hears what a look found once, until it finds something else. */
  keep(logger: Pick<Logger, 'warn' | 'error'>): void {
    let told = '';
    const later = (): void => {
      this.#timer = setTimeout(look, toWholeSecond(lookMs, systemClock.now())).unref();
    };
    const look = (): void => {
      later();
      const found = outcomeOf(() => this.look());
      if (found === told) return;
      told = found === 'restored' ? '' : found;
      if (found === 'restored') logger.warn({ event: 'lock.restored', path: this.path, because: 'it was removed' });
      else if (found !== 'held') logger.error({ event: 'lock.lost', path: this.path, because: found });
    };
    later();
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
    clearTimeout(this.#timer);
    try {
      if (isAt(this.path, this.fd)) rmSync(this.path, { force: true });
    } finally {
      closeSync(this.fd);
    }
  }

  /** Empties the file and lets go of it. */
  release(): void {
    clearTimeout(this.#timer);
    try {
      ftruncateSync(this.fd, 0);
    } finally {
      closeSync(this.fd);
    }
  }
}

/** A failure counts as a loss: the next look tries again. */
function outcomeOf(look: () => LockLook): string {
  try {
    const found = look();
    return found === 'lost' ? 'another process holds the file there' : found;
  } catch (error) {
    return String(error);
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
