import type { Clock } from '@pinky/protocol';

/** From launch to `started` where the funpack says nothing. Milliseconds. */
export const defaultStartTimeoutMs = 120_000;

/** Watches one game for what it does not do: get ready in time, or say anything for longer than it may. */
export class Watchdog {
  #abort = new AbortController();

  constructor(private readonly clock: Clock, private readonly onOverdue: (verdict: 'notReady' | 'silent') => void) {}

  watchReady(timeoutMs = defaultStartTimeoutMs): void {
    const { signal } = this.#renew();
    void this.clock.rest(timeoutMs, signal).then((isOver) => isOver && this.onOverdue('notReady'));
  }

  /**
   * Ends the watch for readiness. `lastOutputAt` is on the monotonic clock; without a timeout any silence is allowed.
   */
  watchSilence(timeoutMs: number | undefined, lastOutputAt: () => number | undefined): void {
    const { signal } = this.#renew();
    if (timeoutMs !== undefined) void this.#watchSilence(timeoutMs, lastOutputAt, signal);
  }

  stop(): void {
    this.#abort.abort();
  }

  async #watchSilence(timeoutMs: number, lastOutputAt: () => number | undefined, signal: AbortSignal): Promise<void> {
    const silence = (): number => this.clock.now() - (lastOutputAt() ?? this.clock.now());
    for (let silentMs = silence(); silentMs < timeoutMs; silentMs = silence()) {
      if (!(await this.clock.rest(timeoutMs - silentMs, signal))) return;
    }
    this.onOverdue('silent');
  }

  #renew(): AbortController {
    this.#abort.abort();
    this.#abort = new AbortController();
    return this.#abort;
  }
}
