import { PinkyError } from '@pinky/protocol';
import { FileLock } from '@pinky/supervisor';

/** The one supervisor of a home: its pid file, locked for as long as we live. */
export interface HomeClaim {
  release(): void;
}

/**
 * Throws `already_running`, naming the owner's pid, where another supervisor lives. The file's content alone means
 * nothing.
 */
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
