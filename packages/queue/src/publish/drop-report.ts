import type { Clock, Logger } from '@pinky/protocol';

/** Between two log lines about dropped events, milliseconds. */
const everyMs = 10_000;

/**
 * Logs how many unread events the list's cap has cost. The first line comes at once, then sums, so that a full list
 * does not flood the log.
 */
export class DropReport {
  #unsaid = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: { readonly logger: Logger; readonly clock: Clock; readonly cap: () => number },
  ) {}

  add(dropped: number): void {
    this.#unsaid += dropped;
    if (this.options.clock.now() - this.#saidAt >= everyMs) this.flush();
  }

  flush(): void {
    if (this.#unsaid === 0) return;
    this.options.logger.warn({
      event: 'events.dropped',
      dropped: this.#unsaid,
      cap: this.options.cap(),
      because: 'server:events was full: nobody reads it fast enough',
    });
    this.#unsaid = 0;
    this.#saidAt = this.options.clock.now();
  }
}
