import { closeSync, writeSync } from 'node:fs';
import type { DaemonStatus } from './launch-daemon.js';

/** The option of Node that gives a daemon's title room in its command line. */
export const titleOption = '--title=';

/** The environment variable that tells a process that it was launched as a daemon, and where to report. */
export const statusVariable = 'PINKY_DAEMON_STATUS';

/** The daemon's end towards its launcher, which waits for one of the two. The first word counts. */
export interface DaemonReport {
  ready(): void;
  failed(error: Error): void;
}

/**
 * In a process that `launchDaemon` started: the way to tell how it went, also by an error that nobody catches.
 * Elsewhere undefined. Takes the mark out of the environment, so that children do not take it for theirs: call it once.
 */
export function takeDaemonReport(): DaemonReport | undefined {
  const fd = Number(process.env[statusVariable]);
  delete process.env[statusVariable];
  if (!Number.isInteger(fd) || fd < 3) return undefined;
  // or forked children had the title
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
