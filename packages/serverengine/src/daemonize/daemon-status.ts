import { closeSync, writeSync } from 'node:fs';

/** A daemon's report about its start, as one line of JSON. */
export type DaemonStatus =
  { readonly pid: number; readonly error?: never } | { readonly error: string; readonly pid?: never };

/** Node's option that makes room for a daemon's title in its command line. */
export const titleOption = '--title=';

/** The environment variable that tells a process that it is a daemon, and on which descriptor it must report. */
export const statusVariable = 'PINKY_DAEMON_STATUS';

/** The daemon's way to its launcher, which waits for one of the two. Only the first call counts. */
export interface DaemonReport {
  ready(): void;
  failed(error: Error): void;
}

/**
 * In a process that `launchDaemon` started, the way to report the outcome. An uncaught error is reported by itself. In
 * other processes undefined. Call it once: it removes the mark from the environment, so that children do not take it
 * for theirs.
 */
export function takeDaemonReport(): DaemonReport | undefined {
  const fd = Number(process.env[statusVariable]);
  delete process.env[statusVariable];
  if (!Number.isInteger(fd) || fd < 3) return undefined;
  // Otherwise forked children would have the title.
  process.execArgv = process.execArgv.filter((option) => !option.startsWith(titleOption));
  let isOpen = true;
  const say = (status: DaemonStatus): void => {
    if (!isOpen) return;
    isOpen = false;
    process.off('uncaughtExceptionMonitor', failed);
    try {
      writeSync(fd, JSON.stringify(status));
    } catch {
      // EPIPE: the launcher has given up waiting
    }
    closeSync(fd);
  };
  const failed = (error: Error): void => say({ error: error.message });
  process.on('uncaughtExceptionMonitor', failed);
  return { ready: () => say({ pid: process.pid }), failed };
}
