import { appendFileSync } from 'node:fs';
import { logLevels, type Logger, type LogLevel, type LogRecord } from '@pinky/protocol';

/**
 * A logger of a few lines, because a hundred workers run at once: each record is one append to the box's log, opened
 * anew each time, so that whoever rotates the log need tell nobody. A full disk loses records and nothing else.
 */
export function fileLogger(path: string, level: () => LogLevel, name: string, wallNow: () => number): Logger {
  const write = (of: LogLevel) => (record: LogRecord): void => {
    if (logLevels.indexOf(of) < logLevels.indexOf(level())) return;
    const { event, ...fields } = record;
    const line = JSON.stringify({ ts: new Date(wallNow()).toISOString(), level: of, process: name, event, ...fields });
    try {
      appendFileSync(path, `${line}\n`, { mode: 0o600 });
    } catch {
      // nowhere to say so
    }
  };
  return { trace: write('trace'), debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), fatal: write('fatal') };
}
