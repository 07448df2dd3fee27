import { createPlainLogger, type ProcessLogger } from '@pinky/supervisor';

/**
 * The supervisor's log: JSON lines, rotated. Without winston, whose 4 MB and start-up time the supervisor has no use
 * for; file, lines and rotation are the same. Where the file cannot be opened (full disk), stderr takes its place: a
 * supervisor without a log is better than none.
 */
export function openBoxLog(path: string, level: string): ProcessLogger {
  try {
    return createPlainLogger({ path, level, format: 'json', mode: 0o600 });
  } catch (error) {
    const logger = createPlainLogger({ level, format: 'json' });
    logger.error({ event: 'log.not_opened', path, error: String(error) });
    return logger;
  }
}
