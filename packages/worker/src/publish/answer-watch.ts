import type { Clock } from '@pinky/protocol';

/** A batch that is not answered is sent again after this time, milliseconds. Redis being away is one cause. */
const patienceMs = 5_000;

export interface AnswerWatchOptions {
  readonly clock: Clock;
  /** Whether a batch is on its way. */
  readonly isWaiting: () => boolean;
  /** The batch that is on its way has had no answer for the whole time. */
  readonly onUnanswered: () => void;
}

/** Watches for batches that are not answered: with one timer for all, since most are answered within a millisecond. */
export class AnswerWatch {
  #sentCount = 0;
  #isWatching = false;

  constructor(private readonly options: AnswerWatchOptions) {}

  /** Another batch is on its way. */
  sent(): void {
    this.#sentCount++;
    if (!this.#isWatching) void this.#watch();
  }

  async #watch(): Promise<void> {
    const { clock, isWaiting, onUnanswered } = this.options;
    this.#isWatching = true;
    for (let count = -1; isWaiting() && this.#sentCount !== count;) {
      count = this.#sentCount;
      await clock.rest(patienceMs);
    }
    this.#isWatching = false;
    if (isWaiting()) onUnanswered();
  }
}
