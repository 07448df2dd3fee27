import { PinkyError, type Logger } from '@pinky/protocol';
import { FileLock } from '@pinky/supervisor';

/** Our claim to be the only supervisor of a home: a pid file that stays locked until we end. */
export interface HomeClaim {
  /** Writes the file again each time that somebody removed it, until the release. */
  keep(logger: Pick<Logger, 'warn' | 'error'>): void;
  release(): void;
}

/** Throws `already_running` with the pid of the owner if another supervisor runs. Only the lock decides this. */
export function claimHome(pidFile: string): HomeClaim {
  const lock = FileLock.take(pidFile);
  if (!lock) {
    const pid = Number(FileLock.contentOf(pidFile).trim());
    throw new PinkyError(
      'already_running',
      `a supervisor with pid ${pid > 0 ? pid : '(not written yet)'} owns ${pidFile}`,
      { details: { pid } },
    );
  }
  lock.write(`${process.pid}\n`);
  return lock;
}
