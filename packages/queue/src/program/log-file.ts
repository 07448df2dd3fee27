import { closeSync, openSync, writeSync } from 'node:fs';
import { logLevels, type Logger, type LogLevel, type LogRecord } from '@pinky/protocol';

/** Appends one JSON line per record to a file. Several processes may share it: each line is one write. */
export class LogFile {
  readonly logger: Logger;
  #fd: number | undefined;
  #lowest: number;

  constructor(private readonly path: string, level: string) {
    this.#lowest = levelNumber(level);
    this.#fd = opened(path);
    this.logger = Object.fromEntries(logLevels.map((each) => [each, (record: LogRecord) => this.#write(each, record)])) as Logger; // every level is there
  }

  /** After a rotation, and when the level has changed. */
  reopen(level: string): void {
    this.#lowest = levelNumber(level);
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = opened(this.path);
  }

  #write(level: LogLevel, record: LogRecord): void {
    if (this.#fd === undefined || logLevels.indexOf(level) < this.#lowest) return;
    try {
      writeSync(this.#fd, `${JSON.stringify({ ts: new Date().toISOString(), level, pid: process.pid, ...record })}\n`);
    } catch {
      // A full disk costs a log line, never the queue.
    }
  }
}

const levelNumber = (level: string): number => Math.max(0, logLevels.findIndex((each) => each === level));

function opened(path: string): number | undefined {
  try {
    return openSync(path, 'a', 0o600);
  } catch {
    return undefined; // no log folder: the queue works without
  }
}
