import { logLevels, PinkyError, type LogLevel } from '@pinky/protocol/base';

/** A level's number as ServerEngine counts them: trace -1, debug 0 … fatal 4. */
export function levelNumber(level: LogLevel): number {
  return logLevels.indexOf(level) - 1;
}

/** The level a fresh logger has (ServerEngine's `log_level`). */
export const defaultLogLevel: LogLevel = 'debug';

/**
 * A level from a configuration: its name in small letters or its number (also as text), as ServerEngine takes them;
 * null and undefined are the default. Anything else: `bad_option`.
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

/** Whether a record of `level` is written by a logger set to `threshold`. */
export function isEnabled(level: LogLevel, threshold: LogLevel): boolean {
  return levelNumber(level) >= levelNumber(threshold);
}
