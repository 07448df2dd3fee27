import { createLogger, type ProcessLogger } from '@pinky/supervisor';

/**
 * The supervisor's log, on winston: JSON lines, rotated. If the file cannot be opened, stderr takes its place, because
 * a supervisor without a log file is better than none.
 */
export function openBoxLog(path: string, level: string): ProcessLogger {
  try {
    return createLogger({ path, level, format: 'json', mode: 0o600 });
  } catch (error) {
    const logger = createLogger({ level, format: 'json' });
    logger.error({ event: 'log.not_opened', path, error: String(error) });
    return logger;
  }
}
