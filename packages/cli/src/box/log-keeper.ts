import { copyFileSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, type BoxConfig, type Clock, type Logger } from '@pinky/protocol';
import { rotate, shiftBySize } from '@pinky/supervisor';
import { namesIn } from '../observe/disk.js';

export interface LogKeeperOptions {
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Between two looks, milliseconds. */
const lookMs = 30_000;

/** Whose writers open the file for each record, so that it can be moved away under them. */
const reopened: ReadonlySet<string> = new Set(['workers.log', 'queue.log']);
/** Rotated by the process that writes it. */
const ownRotation: ReadonlySet<string> = new Set(['supervisor.log']);

/**
 * Keeps the logs of a box within `log_size` and `log_files`. Many workers share one log, and none of them could rotate
 * it without a lock; what a child says on stdout, as redis-server does, has nobody who would. So the supervisor does it
 * for all.
 */
export class LogKeeper {
  constructor(private readonly options: LogKeeperOptions) {}

  /** Resolves once the signal aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.look();
      await this.options.clock.rest(lookMs, signal);
    }
  }

  look(): void {
    const { home, logSizeBytes, logFiles } = this.options.config();
    if (logSizeBytes === undefined || logFiles === undefined) return;
    const { logDir } = boxPaths(home);
    for (const name of namesIn(logDir)) {
      if (!/\.(log|out)$/.test(name) || ownRotation.has(name)) continue;
      try {
        const path = join(logDir, name);
        if (isLonger(path, logSizeBytes)) (reopened.has(name) ? move : cut)(path, logSizeBytes, logFiles);
      } catch (error) {
        // a full disk: the next look tries again
        this.options.logger.warn({ event: 'log.not_rotated', log: name, error: String(error) });
      }
    }
  }
}

const isLonger = (path: string, bytes: number): boolean =>
  (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > bytes;

function move(path: string, bytes: number, files: number): void {
  rotate({
    path,
    header: '',
    isDue: (size) => size > bytes,
    shift: (keep) => shiftBySize(path, files, keep),
  });
}

/** For a file that a process holds open with O_APPEND: its content is copied, and it goes on at its beginning. */
function cut(path: string, _bytes: number, files: number): void {
  const copy = `${path}.new`;
  try {
    copyFileSync(path, copy);
    shiftBySize(path, files, (name) => renameSync(copy, name));
    truncateSync(path);
  } finally {
    rmSync(copy, { force: true });
  }
}
