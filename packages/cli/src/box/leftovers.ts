import { boxPaths, errnoOf, isServerId, serverPaths, type BoxConfig, type Clock, type Logger } from '@pinky/protocol';
import { FileLock } from '@pinky/supervisor';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface LeftoversOptions {
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether a child of ours serves, or is about to serve, that server. */
  readonly hasWorker: (serverId: string) => boolean;
}

/** Where the configuration says nothing, milliseconds. */
const usualKeepMs = 86_400_000;
/** Longest time between two looks, milliseconds. */
const lookMs = 3_600_000;
/** Most servers that one look forgets: taking a lock is a process of its own, 2 ms each. */
const mostAtOnce = 100;

/** The answers of a server as they were when they were first seen so. */
interface Seen {
  readonly mark: string;
  readonly since: number;
}

/**
 * Forgets servers that are no more: a recorded answer, a lock's file and an empty log stay when a server's folder goes,
 * so that a command which is delivered again is not obeyed again. They have done their work once nothing has been
 * written for `keep_answers`. That time is counted here, on the monotonic clock, from when they were first seen as they
 * are: a wall clock that jumps forth by years, as one without a battery does, must not make answers of a moment ago old
 * ones.
 */
export class Leftovers {
  readonly #seen = new Map<string, Seen>();

  constructor(private readonly options: LeftoversOptions) {}

  /** Looks now and then until `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.options;
    while (!signal.aborted) {
      try {
        this.look();
      } catch (error) {
        logger.warn({ event: 'leftovers.unremoved', error: String(error) }); // the next look tries again
      }
      // aborted: the loop's condition sees it
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

  /**
   * Under the server's own lock: a worker that nobody has told us of keeps what it holds. Nothing can start one
   * meanwhile.
   */
  #forget(id: string): void {
    const { home } = this.options.config();
    const { answers, workerLock, logDir } = boxPaths(home);
    mkdirSync(dirname(workerLock(id)), { recursive: true, mode: 0o700 });
    const lock = FileLock.take(workerLock(id));
    if (!lock) return;
    try {
      rmSync(answers(id), { force: true });
      for (const role of ['worker', 'successor']) removeEmpty(join(logDir, `${role}-${id}.log`));
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
    return '-'; // there is none
  }
}

/** What a process said before it broke stays to be read. */
function removeEmpty(path: string): void {
  try {
    if (statSync(path).size === 0) rmSync(path, { force: true });
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // no server was ever started here
  }
}
