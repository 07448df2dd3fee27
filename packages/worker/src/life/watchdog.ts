import type { Clock } from '@pinky/protocol';

/** Time from launch to `started` if the funpack does not say, milliseconds. */
export const defaultStartTimeoutMs = 120_000;

/** Watches one game: it must get ready in time, and must not be silent for too long. */
export class Watchdog {
  #abort = new AbortController();

  constructor(private readonly clock: Clock, private readonly onOverdue: (verdict: 'notReady' | 'silent') => void) {}

  watchReady(timeoutMs = defaultStartTimeoutMs): void {
    const { signal } = this.#renew();
    void this.clock.rest(timeoutMs, signal).then((isOver) => isOver && this.onOverdue('notReady'));
  }

  /**
   * Ends the watch for readiness. `lastOutputAt` is on the monotonic clock. Without a timeout, any silence is allowed.
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
