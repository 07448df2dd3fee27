import { createLogger as createWinston, format, type Logger as Winston } from 'winston';
import Transport from 'winston-transport';
import { logLevels, type LogLevel, type LogRecord } from '@pinky/protocol';
import type { LogEntry } from './format.js';
import type { LogOutput } from './log-output.js';
import type { LoggerOptions, ProcessLogger } from './logger-options.js';
import { assembleLogger } from './plain-logger.js';

/** Our levels as winston counts them: 0 is the most serious. */
export const winstonLevels = Object.fromEntries([...logLevels].reverse().map((level, index) => [level, index]));

/** A record on its way through winston: `entry` is ours, the rest is what other transports look at. */
interface Passing {
  readonly level: LogLevel;
  readonly message: string;
  readonly entry: LogEntry;
}

/** Winston's end towards a `LogOutput`: synchronous, so that a record is in the kernel's hands when the call returns. */
export class OutputTransport extends Transport {
  constructor(private readonly output: LogOutput) {
    super();
  }

  override log(passing: Passing, next: () => void): void {
    this.output.append(this.output.format(passing.entry));
    next();
  }
}

/** A logger, and the winston logger below it for those who want to add transports of their own. */
export type WinstonProcessLogger = ProcessLogger & { readonly winston: Winston };

/**
 * A logger on winston: readable lines or JSON, to a file that several processes share and rotate, to standard output or error.
 * A record is written when the call returns, also right before `process.exit`. Throws where the file cannot be opened
 * (the system's error) or the level is bad (`bad_option`); afterwards nothing throws.
 */
export function createLogger(options: LoggerOptions): WinstonProcessLogger {
  const { now = Date.now } = options;
  // Winston lets everything pass: the level is checked before, where it can be changed.
  const winston = createWinston({ levels: winstonLevels, level: 'trace', format: format((info) => info)() });
  const logger = assembleLogger(options, (output) => {
    winston.add(new OutputTransport(output));
    return (level: LogLevel, record: LogRecord) => {
      const passing: Passing = { level, message: record.event, entry: { level, timeMs: now(), pid: process.pid, record } };
      winston.log(passing);
    };
  });
  return Object.assign(logger, { winston });
}
