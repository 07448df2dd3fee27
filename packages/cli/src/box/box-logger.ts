import { logLevels, type Logger, type LogLevel, type LogRecord } from '@pinky/protocol';
import { closeSync, openSync, writeSync } from 'node:fs';

/** A log file of JSON lines. A full disk costs lines, never the process. */
export interface BoxLog {
  readonly logger: Logger;
  level: LogLevel;
  /** Opens the path anew: what was there may have been moved away. */
  reopen(): void;
}

export function openBoxLog(path: string, level: LogLevel): BoxLog {
  let fd = tryOpen(path);
  const log: BoxLog = {
    level,
    logger: loggerOf((at, record) => {
      if (fd === undefined || logLevels.indexOf(at) < logLevels.indexOf(log.level)) return;
      try {
        writeSync(fd, `${JSON.stringify({ ts: new Date().toISOString(), level: at, ...record })}\n`);
      } catch {
        // ENOSPC: a lost line is better than a dead supervisor
      }
    }),
    reopen() {
      if (fd !== undefined) closeSync(fd);
      fd = tryOpen(path);
    },
  };
  return log;
}

function loggerOf(write: (level: LogLevel, record: LogRecord) => void): Logger {
  // Every level is there, since the entries are made from the list of levels.
  return Object.fromEntries(logLevels.map((level) => [level, (record: LogRecord) => write(level, record)])) as unknown as Logger;
}

function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, 'a', 0o600);
  } catch {
    return undefined; // no disk space, no folder: the next reopen tries again
  }
}
