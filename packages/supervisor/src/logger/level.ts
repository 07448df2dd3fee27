import { logLevels, PinkyError, type LogLevel } from '@pinky/protocol/base';

/** A level's number as in ServerEngine: trace is -1, debug 0 … fatal 4. */
export function levelNumber(level: LogLevel): number {
  return logLevels.indexOf(level) - 1;
}

/** The level of a new logger (ServerEngine's `log_level`). */
export const defaultLogLevel: LogLevel = 'debug';

/**
 * A level from a configuration: a name in small letters, or a number, which may be text. ServerEngine takes the same.
 * Null and undefined mean the default. Anything else: `bad_option`.
 */
export function parseLogLevel(given: unknown): LogLevel {
  if (given === null || given === undefined) return defaultLogLevel;
  const text = typeof given === 'number' || typeof given === 'string' ? String(given) : JSON.stringify(given);
  const level = logLevels.find((name) => name === text || String(levelNumber(name)) === text);
  if (!level) {
    throw new PinkyError(
      'bad_option',
      `invalid log level: ${text}; use one of ${logLevels.join(', ')}, or its number from -1 to 4`,
    );
  }
  return level;
}

/** Whether a logger set to `threshold` writes a record of `level`. */
export function isEnabled(level: LogLevel, threshold: LogLevel): boolean {
  return levelNumber(level) >= levelNumber(threshold);
}
