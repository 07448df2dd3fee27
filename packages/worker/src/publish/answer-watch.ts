import type { Clock } from '@pinky/protocol';

/** After this time without an answer, a batch is sent again, milliseconds. One cause is that Redis is away. */
const patienceMs = 5_000;

export interface AnswerWatchOptions {
  readonly clock: Clock;
  /** Whether a batch is on its way. */
  readonly isWaiting: () => boolean;
  /** Nobody has answered the batch that is on its way. */
  readonly onUnanswered: () => void;
}

/** Notices a batch that nobody answers. One timer serves all batches, since most are answered within a millisecond. */
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
