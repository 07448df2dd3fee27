import { Lifetime, messageOf, namesIn, toWholeSecond, type Clock, type Logger, type LongLived } from '@pinky/protocol';
import type { ProcessTree } from '@pinky/supervisor';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { redisName } from '../children/child-names.js';
import { askPersistence, orderRedis, type Persistence } from '../children/redis-probe.js';
import { isAppending } from './aof-descriptor.js';
import { aofFolder, sizeOf } from './aof-files.js';

export interface AofGuardOptions {
  readonly socketPath: string;
  readonly password: string;
  readonly redisDir: string;
  readonly tree: Pick<ProcessTree, 'view' | 'replace'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Between two looks, milliseconds. */
const lookMs = 1_000;
const answerMs = 2_000;
/** Smaller files are not written anew, bytes: the default of `auto-aof-rewrite-min-size`. */
const smallestBytes = 64 * 2 ** 20;
/**
 * Between an order and the next one if the rewrite fails, milliseconds: doubled from the first to the longest. Each
 * rewrite forks, writes all data once more, and begins another file.
 */
const firstPauseMs = 10_000;
const longestPauseMs = 600_000;
/** The room that a rewrite needs beside the data, bytes: other writes come meanwhile. */
const spareBytes = 2 ** 20;

/**
 * Keeps the file that Redis writes to open for appending. Redis 7.0 goes on behind a write that a full disk has cut
 * short as if it were whole: a gap of zeros stays in the file, and the next write that comes short costs what stands
 * before its end. A file that was opened at a start is open for appending, and stays whole. A file that a rewrite has
 * made is not, so Redis does no rewrites by itself (`auto-aof-rewrite-percentage 0`): this orders them, by the rule of
 * Redis, where the disk has room, and has Redis started again behind each. Tried with redis-server 7.0.15.
 */
export class AofGuard implements LongLived {
  readonly #life = new Lifetime({ begin: () => this.#life.add(this.#keepLooking()) });
  /** The files and the process at the last look that found a file open for appending: only a rewrite changes that. */
  #fine = '';
  #nextOrderAt = 0;
  #pauseMs = firstPauseMs;
  /** The size of the data at the last order, bytes. Redis's own changes when a rewrite is done. */
  #orderedBase: number | undefined;
  /** The events that were logged and are still so. Their words change from look to look. */
  readonly #said = new Set<string>();

  constructor(private readonly options: AofGuardOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #keepLooking(): Promise<void> {
    const { clock } = this.options;
    do await this.#look().then(() => this.#wentWell(), (error: unknown) => this.#failed(error));
    while (await clock.rest(toWholeSecond(lookMs, clock.now()), this.#life.signal));
  }

  /** The disk, say. The next look may go well. */
  #failed(error: unknown): void {
    this.#sayOnce('redis.look_failed', messageOf(error));
  }

  #wentWell(): void {
    this.#said.delete('redis.look_failed');
  }

  #sayOnce(event: string, because: string): void {
    if (this.#said.has(event)) return;
    this.#said.add(event);
    this.options.logger.warn({ event, because });
  }

  async #look(): Promise<void> {
    const { redisDir, tree, socketPath, password } = this.options;
    const redis = tree.view(redisName);
    if (redis?.state !== 'running' || redis.pid === undefined) return;
    const isFine = this.#isFine(redis.pid);
    const bytes = bytesIn(redisDir);
    if (isFine && bytes < smallestBytes) return;
    const seen = await askPersistence(socketPath, password, answerMs);
    if (seen === undefined || this.#life.signal.aborted) return; // it is away: the next look asks
    if (isFine) await this.#mayRewrite(seen);
    else this.#startAgain(seen);
  }

  #isFine(pid: number): boolean {
    const now = [pid, ...namesIn(aofFolder(this.options.redisDir))].join('/');
    if (now === this.#fine) return true;
    if (isAppending(pid) === false) return false;
    this.#fine = now;
    return true;
  }

  /** While a rewrite is under way, an end would undo it. While writes fail, an end would lose what Redis holds. */
  #startAgain({ isRewriting, canWrite }: Persistence): void {
    const { tree, logger } = this.options;
    if (isRewriting || !canWrite) return;
    logger.info({ event: 'redis.started_again', because: 'it has written its file anew' });
    tree.replace(redisName, { mode: 'graceful' });
  }

  async #mayRewrite({ isRewriting, bytes, baseBytes, dataBytes }: Persistence): Promise<void> {
    const { socketPath, password, clock, logger } = this.options;
    if (baseBytes !== this.#orderedBase) this.#pauseMs = firstPauseMs; // the last one is done
    const isDue = bytes >= smallestBytes && bytes >= 2 * baseBytes && !isRewriting;
    if (!isDue) return void this.#said.delete('redis.rewrite_waits'); // somebody else had it rewritten, say
    if (clock.now() < this.#nextOrderAt) return;
    if (!this.#hasRoom(dataBytes)) {
      return this.#sayOnce('redis.rewrite_waits', `its disk has less room than its data needs: ${dataBytes} bytes`);
    }
    const answer = await orderRedis(socketPath, password, ['BGREWRITEAOF'], answerMs);
    if (!/rewriting (started|scheduled)/.test(answer)) return;
    this.#orderedBase = baseBytes;
    this.#said.delete('redis.rewrite_waits');
    this.#nextOrderAt = clock.now() + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    logger.info({ event: 'redis.rewrites', because: 'its file has doubled', bytes });
  }

  /** Whether the disk has room for the data once more, and for what comes meanwhile. */
  #hasRoom(bytes: number): boolean {
    try {
      const { bavail, bsize } = statfsSync(this.options.redisDir);
      return bavail * bsize > bytes + spareBytes;
    } catch {
      return false; // its folder is gone just now
    }
  }
}

/** The bytes of the files that Redis writes its data to, in the folder since Redis 7 or in one file before. */
function bytesIn(redisDir: string): number {
  const folder = aofFolder(redisDir);
  const paths = [join(redisDir, 'appendonly.aof'), ...namesIn(folder).map((name) => join(folder, name))];
  return paths.reduce((sum, path) => sum + (sizeOf(path) ?? 0), 0);
}
