import { appendFileSync } from 'node:fs';
import { logLevels, type Logger, type LogLevel, type LogRecord } from '@pinky/protocol';
import type { Later } from './admission/after-work.js';

export interface FileLoggerOptions {
  readonly path: string;
  readonly level: () => LogLevel;
  /** The name of the process. */
  readonly name: string;
  readonly wallNow: () => number;
  readonly later: Pick<Later, 'soon'>;
}

/**
 * A small logger, because a hundred workers run at once. The records of one turn of the event loop become one append to
 * the box's log, after the work of that turn. The log is opened each time, so a rotation needs no signal. A full disk
 * loses records and nothing else. Call `flush` at the process's end.
 */
export function fileLogger(
  { path, level, name, wallNow, later }: FileLoggerOptions,
): Logger & { readonly flush: () => void } {
  let waiting = '';
  const flush = (): void => {
    const lines = waiting;
    waiting = '';
    if (lines) append(path, lines);
  };
  const write = (of: LogLevel) => (record: LogRecord): void => {
    if (logLevels.indexOf(of) < logLevels.indexOf(level())) return;
    const { event, ...fields } = record;
    if (!waiting) later.soon(flush);
    waiting += `${JSON.stringify({
      ts: new Date(wallNow()).toISOString(),
      level: of,
      process: name,
      event,
      ...fields,
    })}\n`;
  };
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
    flush,
  };
}

function append(path: string, lines: string): void {
  try {
    appendFileSync(path, lines, { mode: 0o600 });
  } catch {
    // nowhere to say so
  }
}
