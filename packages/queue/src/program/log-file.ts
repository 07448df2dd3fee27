import { appendFileSync } from 'node:fs';
import { logLevels, type Logger, type LogLevel, type LogRecord } from '@pinky/protocol';

/** Appends one JSON line for each record to a file. It opens the file each time, so anybody may rotate it. */
export class LogFile {
  readonly logger: Logger;
  #lowest = 0;

  constructor(private readonly path: string, level: string) {
    this.setLevel(level);
    // The object has a function for every level.
    this.logger = Object.fromEntries(
      logLevels.map((each) => [each, (record: LogRecord) => this.#write(each, record)]),
    ) as Logger;
  }

  setLevel(level: string): void {
    this.#lowest = Math.max(0, logLevels.findIndex((each) => each === level));
  }

  #write(level: LogLevel, record: LogRecord): void {
    if (logLevels.indexOf(level) < this.#lowest) return;
    try {
      appendFileSync(
        this.path,
        `${JSON.stringify({ ts: new Date().toISOString(), level, pid: process.pid, ...record })}\n`,
        { mode: 0o600 },
      );
    } catch {
      // A full disk or a missing log folder costs a line of the log, never the queue.
    }
  }
}
