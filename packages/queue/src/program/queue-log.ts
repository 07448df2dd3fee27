import { createLogger, type LogFormat, type ProcessLogger } from '@pinky/supervisor/logger';

/** One JSON object a line, with the time as `ts`. */
const format: LogFormat = ({ level, timeMs, pid, record }) => {
  const head = { ts: new Date(timeMs).toISOString(), level, pid };
  try {
    return `${JSON.stringify({ ...head, ...record })}\n`;
  } catch (error) {
    return `${JSON.stringify({ ...head, event: record.event, unprintable: String(error) })}\n`;
  }
};

/**
 * The log of the queue. It does not rotate itself: the supervisor moves it away, and the next record makes a new file.
 * If the file cannot be opened, stderr takes its place, because a full disk may cost log lines but never the queue.
 */
export class QueueLog {
  readonly logger: ProcessLogger;

  constructor(path: string, level: string) {
    this.logger = open(path, level);
  }

  setLevel(level: string): void {
    this.logger.configure({ level });
  }
}

function open(path: string, level: string): ProcessLogger {
  try {
    return createLogger({
      path,
      level,
      format,
      mode: 0o600,
      rotateGenerations: 0,
    });
  } catch (error) {
    const logger = createLogger({ level, format });
    logger.error({ event: 'log.not_opened', path, error: String(error) });
    return logger;
  }
}
