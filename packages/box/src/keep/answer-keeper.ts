import {
  boxPaths,
  isServerId,
  namesIn,
  serverPaths,
  type BoxConfig,
  type Clock,
  type Logger,
} from '@pinky/protocol';
import { FileLock } from '@pinky/supervisor';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { removeIfEmpty } from './empty-logs.js';

export interface AnswerKeeperOptions {
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether that server has a worker, or a successor that is starting. */
  readonly hasWorker: (serverId: string) => boolean;
}

/** If the configuration does not say, in milliseconds. */
const usualKeepMs = 86_400_000;
/** Longest time between two looks, in milliseconds. */
const lookMs = 3_600_000;
/** Most servers that one look forgets. Each one needs a lock, which costs a process of 2 ms. */
const mostAtOnce = 100;

/** The files of a server, and when they were first seen in this condition. */
interface Seen {
  readonly mark: string;
  readonly since: number;
}

/**
 * Keeps the recorded answers of servers that no longer exist for `keep_answers`, so that a command that is delivered
 * again is not run again. After that it removes what is left of the server: answers, lock file and empty log.
 *
 * The time is counted here, on the monotonic clock, from when the files were first seen in their present condition.
 * Their own time stamps are not used: a wall clock without a battery can jump by years, and new answers would look old.
 */
export class AnswerKeeper {
  readonly #seen = new Map<string, Seen>();

  constructor(private readonly options: AnswerKeeperOptions) {}

  /** Looks from time to time. Resolves when the signal aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.options;
    while (!signal.aborted) {
      try {
        this.look();
      } catch (error) {
        logger.warn({ event: 'leftovers.unremoved', error: String(error) }); // the next look tries again
      }
      await clock.rest(Math.min(this.#keepMs / 4, lookMs), signal);
    }
  }

  look(): void {
    const now = this.options.clock.now();
    const gone = this.#idsWithoutServer();
    for (const id of this.#seen.keys()) if (!gone.has(id)) this.#seen.delete(id);
    let left = mostAtOnce;
    for (const id of gone) {
      const mark = this.#markOf(id);
      const seen = this.#seen.get(id);
      if (seen?.mark !== mark) this.#seen.set(id, { mark, since: now });
      else if (now - seen.since >= this.#keepMs && left-- > 0) this.#forget(id);
    }
  }

  get #keepMs(): number {
    return this.options.config().keepAnswersMs ?? usualKeepMs;
  }

  #idsWithoutServer(): Set<string> {
    const { config, hasWorker } = this.options;
    const { home, servers } = config();
    const { answers, workerLock } = boxPaths(home);
    const names = [
      ...namesIn(dirname(answers('x'))).map((name) => name.replace(/\.jsonl$/, '')),
      ...namesIn(dirname(workerLock('x'))),
    ];
    return new Set(names.filter((id) => isServerId(id) && !hasWorker(id) && !existsSync(serverPaths(servers, id).dir)));
  }

  #markOf(id: string): string {
    const { answers, workerLock } = boxPaths(this.options.config().home);
    return `${markOf(answers(id))} ${markOf(workerLock(id))}`;
  }

  /** Takes the server's lock first, so that no worker starts meanwhile. One that we do not know of keeps its files. */
  #forget(id: string): void {
    const { home } = this.options.config();
    const { answers, workerLock, logDir } = boxPaths(home);
    mkdirSync(dirname(workerLock(id)), { recursive: true, mode: 0o700 });
    const lock = FileLock.take(workerLock(id));
    if (!lock) return;
    try {
      rmSync(answers(id), { force: true });
      for (const role of ['worker', 'successor']) removeIfEmpty(join(logDir, `${role}-${id}.log`));
    } finally {
      lock.remove();
    }
    this.#seen.delete(id);
    this.options.logger.debug({ event: 'server.forgotten', serverId: id });
  }
}

function markOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino}:${size}:${mtimeMs}`;
  } catch {
    return '-'; // it does not exist
  }
}
