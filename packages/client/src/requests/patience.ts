import type { ClientClock } from './client-clock.js';
import { BoxProblem } from './problem.js';

/** The first pause between two tries, and the longest, milliseconds. Each pause is twice the one before. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** Tries again while a box is away, for some time. */
export class Patience {
  #pauseMs = firstPauseMs;
  #awaySince: number | undefined;

  /** `mostMs`: how long the box may be away. */
  constructor(private readonly clock: ClientClock, private readonly mostMs: number) {}

  /** The box has answered. */
  answered(): void {
    this.#pauseMs = firstPauseMs;
    this.#awaySince = undefined;
  }

  /** Resolves when it is time to try again. Throws the failure if it does not pass by itself, or lasts too long. */
  async pause(failure: unknown, signal?: AbortSignal): Promise<void> {
    if (!(failure instanceof BoxProblem && failure.isPassing)) throw failure;
    const now = this.clock.now();
    this.#awaySince ??= now;
    if (now - this.#awaySince >= this.mostMs) throw failure;
    const ms = Math.max(failure.retryAfterMs ?? 0, this.#pauseMs);
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
    await this.clock.sleep(ms, signal);
  }
}

/** Passes a failure on, but for one that comes of our own wish to end. */
export const unlessAborted = (signal: AbortSignal | undefined) => (failure: unknown): void => {
  if (!signal?.aborted) throw failure;
};
