import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { Lifetime, toWholeSecond, type Clock, type Logger, type LongLived } from '@pinky/protocol';
import { orderRedis } from '../children/redis-probe.js';

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

const spoilt = /AOF write error looks solved|Background AOF rewrite terminated with error/;
const whole = /Background AOF rewrite finished successfully|Server initialized/;

/**
 * Has Redis write its append-only file anew after a full disk. Redis 7.0 cuts off a write that came short, and goes on
 * where that would have ended: a file that a rewrite has made is not open for appending, so a gap of zeros stays in it.
 * Nothing shows until the next start, which reads nothing behind the gap. Tried with redis-server 7.0.15.
 */
export class AofGuard implements LongLived {
  readonly #life = new Lifetime({ begin: () => this.#life.add(this.#keepLooking()) });
  #offset: number | undefined;
  #isDue = false;

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
    for (const line of this.#newText().split('\n')) {
      if (spoilt.test(line)) this.#isDue = true;
      else if (whole.test(line)) this.#isDue = false;
    }
    if (!this.#isDue) return;
    const { socketPath, password, logger } = this.options;
    const answer = await orderRedis(socketPath, password, ['BGREWRITEAOF'], answerMs);
    if (!/rewriting (started|scheduled)/.test(answer)) return; // one is under way, or it is away: the next look tries
    this.#isDue = false;
    logger.info({ event: 'redis.rewrites', because: 'the disk was full, which may have left a gap in its file' });
  }

  #newText(): string {
    // nearly every look ends here, at the cost of one call
    if (statSync(this.options.logFile, { throwIfNoEntry: false })?.size === this.#offset) return '';
    let fd: number;
    try {
      fd = openSync(this.options.logFile, 'r');
    } catch {
      return ''; // it is not there yet
    }
    try {
      const { size } = fstatSync(fd);
      const known = this.#offset !== undefined && this.#offset <= size ? this.#offset : 0; // a shorter log is a new one
      const from = Math.max(known, size - pastBytes);
      const buffer = Buffer.alloc(size - from);
      const bytes = readSync(fd, buffer, 0, buffer.length, from);
      this.#offset = size;
      return buffer.toString('latin1', 0, bytes);
    } finally {
      closeSync(fd);
    }
  }
}
