import { logLevels, type LogLevel, type LogRecord } from '@pinky/protocol/base';
import { isEnabled, parseLogLevel } from './level.js';
import { LogOutput } from './log-output.js';
import type { LoggerOptions, ProcessLogger } from './logger-options.js';

/**
 * The same logger without winston, for processes that must stay small: loading winston costs 4.4 MB of private memory
 * (Node 20, measured), more than all else that a worker of Pinky's loads. File, lines and rotation are shared with
 * `createLogger`.
 */
export function createPlainLogger(options: LoggerOptions): ProcessLogger {
  const { now = Date.now } = options;
  return assembleLogger(options, (output) => (level, record) =>
    output.append(output.format({ level, timeMs: now(), pid: process.pid, record })));
}

/** How an enabled record gets to the output. */
export type Emit = (level: LogLevel, record: LogRecord) => void;

/** The parts both loggers have in common; `emitTo` is what they differ in. */
export function assembleLogger(options: LoggerOptions, emitTo: (output: LogOutput) => Emit): ProcessLogger {
  let threshold = parseLogLevel(options.level);
  const output = new LogOutput(options);
  const emit = emitTo(output);
  const write = (level: LogLevel) => (record: LogRecord): void => {
    if (isEnabled(level, threshold)) emit(level, options.fields ? { ...record, ...options.fields } : record);
  };
  // The cast holds: every level is a key.
  const levels = Object.fromEntries(logLevels.map((level) => [level, write(level)])) as Record<
    LogLevel,
    (record: LogRecord) => void
  >;
  return {
    ...levels,
    get level() {
      return threshold;
    },
    isEnabled: (level) => isEnabled(level, threshold),
    append: (text) => output.append(text),
    reopen: () => output.reopen(),
    configure: (change) => {
      const next = 'level' in change ? parseLogLevel(change.level) : threshold;
      if ('path' in change) output.moveTo(change.path);
      threshold = next;
    },
    close: async () => output.close(),
  };
}
