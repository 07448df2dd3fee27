import type { Clock } from '@pinky/protocol';

const minuteMs = 60_000;
/** Addresses that are remembered at most. The oldest are forgotten first. */
const mostAddresses = 10_000;

/** Counts wrong tokens by the caller's address, and tells who has to wait. */
export class Failures {
  readonly #byAddress = new Map<string, { count: number; readonly since: number }>();

  constructor(private readonly clock: Clock, private readonly limit: () => number) {}

  /** Milliseconds until the address may try again; 0 if it may now. */
  waitMs(address: string): number {
    const failures = this.#current(address);
    if (!failures || failures.count < this.limit()) return 0;
    return Math.max(1, failures.since + minuteMs - this.clock.now());
  }

  add(address: string): void {
    const failures = this.#current(address) ?? { count: 0, since: this.clock.now() };
    failures.count += 1;
    this.#byAddress.delete(address);
    this.#byAddress.set(address, failures);
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size > mostAddresses && oldest !== undefined) this.#byAddress.delete(oldest);
  }

  #current(address: string): { count: number; readonly since: number } | undefined {
    const failures = this.#byAddress.get(address);
    if (failures && this.clock.now() - failures.since < minuteMs) return failures;
    this.#byAddress.delete(address);
    return undefined;
  }
}
