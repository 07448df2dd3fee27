import { Lifetime, toWholeSecond, type Clock, type Logger, type LongLived } from '@pinky/protocol';
import { orderRedis } from '../children/redis-probe.js';
import { readTail } from '../keep/log-tail.js';

export interface AofGuardOptions {
  readonly socketPath: string;
  readonly password: string;
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

const isSolved = 'AOF write error looks solved';
const begins = 'Background append only file rewriting started';
const isDone = 'Background AOF rewrite finished successfully';
const isNew = 'Server initialized';

/**
 * Has Redis write its append-only file anew after a full disk. Redis 7.0 cuts off a write that came short, and goes on
 * where that would have ended: a file that a rewrite has made is not open for appending, so a gap of zeros stays in it.
 * Nothing shows until the next start, which would read nothing behind the gap; the mender closes it then. Tried with
 * redis-server 7.0.15.
 */
export class AofGuard implements LongLived {
  readonly #life = new Lifetime({ begin: () => this.#life.add(this.#keepLooking()) });
  #offset: number | undefined;
  /** There may be a gap. */
  #isDue = false;
  /** A rewrite has begun since. One that had begun before has made the very file that has the gap. */
  #hasBegun = false;
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
    if (!this.#isDue || clock.now() < this.#nextOrderAt) return;
    const answer = await orderRedis(socketPath, password, ['BGREWRITEAOF'], answerMs);
    if (!/rewriting (started|scheduled)/.test(answer)) return; // one is under way, or it is away: the next look tries
    this.#nextOrderAt = clock.now() + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    logger.info({ event: 'redis.rewrites', because: 'the disk was full, which may have left a gap in its file' });
  }

  #hear(line: string): void {
    if (line.includes(isSolved)) {
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
