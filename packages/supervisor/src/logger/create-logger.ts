import type { Logger as Winston } from 'winston';
import type Transport from 'winston-transport';
import { logLevels, type LogLevel, type LogRecord } from '@pinky/protocol/base';
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

/**
 * Winston is loaded by the first logger that stands on it: it is most of what this library would cost those who use
 * another one.
 */
function loadWinston(): { readonly winston: typeof import('winston'); readonly TransportBase: typeof Transport } {
  // The casts hold: these are the modules' types.
  return {
    winston: require('winston') as typeof import('winston'),
    TransportBase: require('winston-transport') as typeof Transport,
  };
}

/**
 * Winston's end towards a `LogOutput`: synchronous, so that a record is in the kernel's hands when the call returns.
 */
function outputTransport(TransportBase: typeof Transport, output: LogOutput): Transport {
  return new TransportBase({
    log(passing: Passing, next: () => void) {
      output.append(output.format(passing.entry));
      next();
    },
  });
}

/** A logger, and the winston logger below it for those who want to add transports of their own. */
export type WinstonProcessLogger = ProcessLogger & { readonly winston: Winston };

/**
 * A logger on winston: readable lines or JSON, to a file that several processes share and rotate, to standard output or
 * error. A record is written when the call returns, also right before `process.exit`. Throws where the file cannot be
 * opened (the system's error) or the level is bad (`bad_option`); afterwards nothing throws.
 */
export function createLogger(options: LoggerOptions): WinstonProcessLogger {
  const { now = Date.now } = options;
  const { winston: library, TransportBase } = loadWinston();
  // Winston lets everything pass: the level is checked before, where it can be changed.
  const winston = library.createLogger({
    levels: winstonLevels,
    level: 'trace',
    format: library.format((info) => info)(),
  });
  const logger = assembleLogger(options, (output) => {
    winston.add(outputTransport(TransportBase, output));
    return (level: LogLevel, record: LogRecord) => {
      const passing: Passing = {
        level,
        message: record.event,
        entry: { level, timeMs: now(), pid: process.pid, record },
      };
      winston.log(passing);
    };
  });
  return Object.assign(logger, { winston });
}
