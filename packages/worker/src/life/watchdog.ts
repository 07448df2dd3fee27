import type { Clock } from '@pinky/protocol';

/** Time from launch to `started` if the funpack does not say, milliseconds. */
export const defaultStartTimeoutMs = 120_000;

/** Watches one game until it is up: it must get ready in time. */
export class Watchdog {
  #abort = new AbortController();

  constructor(private readonly clock: Clock, private readonly onOverdue: () => void) {}

  watchReady(timeoutMs = defaultStartTimeoutMs): void {
    this.stop();
    void this.clock.rest(timeoutMs, this.#abort.signal).then((isOver) => isOver && this.onOverdue());
  }

  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
  }
}
