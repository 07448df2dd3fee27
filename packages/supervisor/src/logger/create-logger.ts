import type { Logger as Winston } from 'winston';
import type Transport from 'winston-transport';
import { logLevels, type LogLevel, type LogRecord } from '@pinky/protocol/base';
import type { LogEntry } from './format.js';
import type { LogOutput } from './log-output.js';
import type { LoggerOptions, ProcessLogger } from './logger-options.js';
import { assembleLogger } from './plain-logger.js';

/** Our levels as winston counts them: 0 is the most serious. */
const winstonLevels = Object.fromEntries([...logLevels].reverse().map((level, index) => [level, index]));

/** A record on its way through winston. `entry` is ours. Other transports look at the rest. */
interface Passing {
  readonly level: LogLevel;
  readonly message: string;
  readonly entry: LogEntry;
}

/**
 * The first logger that stands on winston loads it. Winston is the larger part of this library's memory, and users of
 * another logger should not pay for it.
 */
function loadWinston(): { readonly winston: typeof import('winston'); readonly TransportBase: typeof Transport } {
  // The casts hold: these are the modules' types.
  return {
    winston: require('winston') as typeof import('winston'),
    TransportBase: require('winston-transport') as typeof Transport,
  };
}

/** Winston's way to a `LogOutput`. It is synchronous, so that the kernel has the record when the call returns. */
function outputTransport(TransportBase: typeof Transport, output: LogOutput): Transport {
  return new TransportBase({
    log(passing: Passing, next: () => void) {
      output.append(output.format(passing.entry));
      next();
    },
  });
}

/** A logger, and the winston logger below it, to which transports can be added. */
export type WinstonProcessLogger = ProcessLogger & { readonly winston: Winston };

/**
 * A logger on winston. It writes readable lines or JSON to a file that several processes share and rotate, or to
 * standard output or error. A record is written when the call returns, even right before `process.exit`. Throws the
 * system's error if the file cannot be opened, and `bad_option` for a bad level. Nothing throws afterwards.
 */
export function createLogger(options: LoggerOptions): WinstonProcessLogger {
  const { now = Date.now } = options;
  const { winston: library, TransportBase } = loadWinston();
  // Winston lets everything pass. The level is checked before, where it can be changed.
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
