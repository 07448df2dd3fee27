import { Lifetime, namesIn, toWholeSecond, type Clock, type Logger, type LongLived } from '@pinky/protocol';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { orderRedis } from '../children/redis-probe.js';
import { readTail } from '../keep/log-tail.js';
import { aofFolder, sizeOf } from './aof-files.js';

export interface AofGuardOptions {
  readonly socketPath: string;
  readonly password: string;
  readonly redisDir: string;
  /** The output of Redis. */
  readonly logFile: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Between two looks at the log, milliseconds. */
const lookMs = 1_000;
/** How much of an older log is read at first, bytes. */
const pastBytes = 256 * 1024;
const answerMs = 2_000;
/**
 * Between an order and the next one if the rewrite fails, milliseconds: doubled from the first to the longest. Each
 * rewrite forks, writes all data once more, and begins another file.
 */
const firstPauseMs = 10_000;
const longestPauseMs = 600_000;

/** The room that a rewrite needs beside the data, bytes: other writes come meanwhile. */
const spareBytes = 2 ** 20;

const isSolved = 'AOF write error looks solved';
const begins = 'Background append only file rewriting started';
const isDone = 'Background AOF rewrite finished successfully';
const isNew = 'Server initialized';
const forAppending = /AOF incr file .* on server start/;
const notForAppending = /AOF incr file .* on background rewrite/;

/**
 * Has Redis write its append-only file anew after a full disk. Redis 7.0 cuts off a write that came short, and goes on
 * where that would have ended: a file that a rewrite has made is not open for appending, so a gap of zeros stays in it.
 * The next write that comes short costs what stands before the gap. Nothing shows until the next start. A file that was
 * opened at a start is open for appending, and is whole: a rewrite would only make one that is not, and the same holds
 * while the disk has no room for it. Tried with redis-server 7.0.15.
 */
export class AofGuard implements LongLived {
  readonly #life = new Lifetime({ begin: () => this.#life.add(this.#keepLooking()) });
  #offset: number | undefined;
  /** There may be a gap. */
  #isDue = false;
  /** A rewrite has begun since. One that had begun before has made the very file that has the gap. */
  #hasBegun = false;
  /** Redis writes to a file that it has opened for appending. */
  #isAppending = false;
  #nextOrderAt = 0;
  #pauseMs = firstPauseMs;

  constructor(private readonly options: AofGuardOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #keepLooking(): Promise<void> {
    const { clock } = this.options;
    do await this.#look();
    while (await clock.rest(toWholeSecond(lookMs, clock.now()), this.#life.signal));
  }

  async #look(): Promise<void> {
    const { socketPath, password, logFile, logger, clock } = this.options;
    const log = readTail(logFile, this.#offset ?? 0, pastBytes);
    this.#offset = log?.size ?? this.#offset;
    for (const line of log?.text.split('\n') ?? []) this.#hear(line);
    if (!this.#isDue || clock.now() < this.#nextOrderAt || !this.#hasRoom) return;
    const answer = await orderRedis(socketPath, password, ['BGREWRITEAOF'], answerMs);
    if (!/rewriting (started|scheduled)/.test(answer)) return; // one is under way, or it is away: the next look tries
    this.#nextOrderAt = clock.now() + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    logger.info({ event: 'redis.rewrites', because: 'the disk was full, which may have left a gap in its file' });
  }

  /** Whether the disk has room for all data once more, and for what comes meanwhile. */
  get #hasRoom(): boolean {
    const { redisDir } = this.options;
    try {
      const { bavail, bsize } = statfsSync(redisDir);
      return bavail * bsize > 2 * bytesIn(aofFolder(redisDir)) + spareBytes;
    } catch {
      return false; // its folder is gone just now
    }
  }

  #hear(line: string): void {
    if (forAppending.test(line)) this.#isAppending = true;
    else if (notForAppending.test(line)) this.#isAppending = false;
    else if (line.includes(isSolved)) {
      if (this.#isAppending) return;
      this.#hasBegun = false;
      if (this.#isDue) return;
      this.#isDue = true;
      this.#nextOrderAt = 0;
      this.#pauseMs = firstPauseMs;
    } else if (line.includes(begins)) {
      this.#hasBegun = true;
    } else if (line.includes(isNew) || (line.includes(isDone) && this.#hasBegun)) {
      this.#isDue = false;
    }
  }
}

const bytesIn = (folder: string): number =>
  namesIn(folder).reduce((sum, name) => sum + (sizeOf(join(folder, name)) ?? 0), 0);
