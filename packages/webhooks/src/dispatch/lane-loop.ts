import { Lifetime, messageOf, PinkyError } from '@pinky/protocol';
import type { LaneParts } from './lane.js';

export interface LaneLoopOptions extends Pick<LaneParts, 'redis' | 'clock' | 'logger'> {
  readonly id: string;
  /** One step. Answers how long to rest, milliseconds; less if it is woken. */
  readonly step: (signal: AbortSignal) => Promise<number>;
  /** A step failed: nobody knows whether Redis has what it wrote. */
  readonly onFailure: () => void;
}

/** Pause after a failure that is not an absence of Redis, milliseconds. */
const failurePauseMs = 1_000;

/** Runs the steps of one lane, one after the other. */
export class LaneLoop {
  readonly #life = new Lifetime({ begin: (signal) => this.#life.add(this.#run(signal)) });
  #rest = new AbortController();
  #isWoken = false;

  constructor(private readonly options: LaneLoopOptions) {}

  start(): void {
    void this.#life.start();
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  get signal(): AbortSignal {
    return this.#life.signal;
  }

  wake(): void {
    this.#isWoken = true;
    this.#rest.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#rest.abort(), { once: true });
    while (!signal.aborted) {
      this.#isWoken = false;
      this.#rest = new AbortController();
      const restMs = await this.#step(signal);
      if (restMs > 0 && !this.#isWoken && !signal.aborted) await this.options.clock.rest(restMs, this.#rest.signal);
    }
  }

  async #step(signal: AbortSignal): Promise<number> {
    const { step, onFailure, redis, logger, id } = this.options;
    try {
      return await step(signal);
    } catch (error) {
      onFailure();
      if (signal.aborted) return 0;
      const isAway = error instanceof PinkyError && (error.code === 'redis_unavailable' || error.code === 'box_taken');
      if (!isAway) logger.error({ event: 'webhook.failed', webhook: id, because: messageOf(error) });
      if (!redis.isReady) await redis.untilReady(signal).catch(() => undefined); // stopped: the loop sees it
      return isAway ? 0 : failurePauseMs;
    }
  }
}
