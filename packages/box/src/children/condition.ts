import type { Clock } from '@pinky/protocol';

/** Waits until something is true. It looks again at each call of `changed`. */
export class Condition {
  #waiting = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  changed(): void {
    for (const look of this.#waiting) look();
  }

  /** False if the time was over first, or `signal` aborted. */
  async until(isTrue: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (isTrue()) return true;
    const over = new AbortController();
    const stop = (): void => over.abort();
    signal?.addEventListener('abort', stop, { once: true });
    const look = (): void => { if (isTrue()) stop(); };
    this.#waiting.add(look);
    try {
      await this.clock.rest(timeoutMs, over.signal); // it became true, was cancelled, or came too late: see below
    } finally {
      this.#waiting.delete(look);
      signal?.removeEventListener('abort', stop);
    }
    return isTrue();
  }
}
