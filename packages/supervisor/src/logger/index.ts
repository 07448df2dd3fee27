/** The loggers alone, for programs that supervise nothing. Winston is loaded by the first `createLogger`. */
export { createLogger, type WinstonProcessLogger } from './create-logger.js';
export type { LogFormat } from './format.js';
export type { LoggerOptions, ProcessLogger } from './logger-options.js';
export { createPlainLogger } from './plain-logger.js';
