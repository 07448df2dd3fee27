import { copyFileSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, namesIn, type BoxConfig, type Clock, type Logger } from '@pinky/protocol';
import { rotate, shiftBySize } from '@pinky/supervisor';
import { removeEmptyLogs } from './empty-logs.js';

export interface LogKeeperOptions {
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether that server has a worker, or a successor that is starting. */
  readonly hasWorker: (serverId: string) => boolean;
}

/** Time between two looks, in milliseconds. */
const lookMs = 30_000;

/** Logs that can be moved away: their writers look at the path again for each record. */
const movable: ReadonlySet<string> = new Set(['workers.log', 'queue.log']);
/** Logs that are rotated by the process that writes them. */
const ownRotation: ReadonlySet<string> = new Set(['supervisor.log']);

/**
 * Keeps the logs of a box within `log_size` and `log_files`. Many workers share one log, and a worker would need a lock
 * to rotate it. The output of a child such as redis-server cannot rotate itself. So the supervisor rotates all of them.
 * Each worker has a file for what it prints. An empty one is removed when no worker holds it.
 */
export class LogKeeper {
  constructor(private readonly options: LogKeeperOptions) {}

  /** Resolves when the signal aborts, after a last look for empty files. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.look();
      await this.options.clock.rest(lookMs, signal);
    }
    this.#removeEmpty();
  }

  look(): void {
    this.#removeEmpty();
    const { home, logSizeBytes, logFiles } = this.options.config();
    if (logSizeBytes === undefined || logFiles === undefined) return;
    const { logDir } = boxPaths(home);
    for (const name of namesIn(logDir)) {
      if (!/\.(log|out)$/.test(name) || ownRotation.has(name)) continue;
      try {
        const path = join(logDir, name);
        if (isLonger(path, logSizeBytes)) (movable.has(name) ? move : cut)(path, logSizeBytes, logFiles);
      } catch (error) {
        // the disk is full, say; the next look tries again
        this.options.logger.warn({ event: 'log.not_rotated', log: name, error: String(error) });
      }
    }
  }

  #removeEmpty(): void {
    try {
      removeEmptyLogs(boxPaths(this.options.config().home).logDir, this.options.hasWorker);
    } catch (error) {
      this.options.logger.warn({ event: 'log.not_removed', error: String(error) }); // the next look tries again
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

/** For a file that a process holds open with O_APPEND: copies the content, then empties the file. */
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
