import { PinkyError, type Clock } from '@pinky/protocol';

const minuteMs = 60_000;
/** Addresses that are remembered at most. The oldest are forgotten first. */
const mostAddresses = 10_000;

/**
 * Counts wrong tokens by the caller's address, and tells who has to wait. A right token is never made to wait: others
 * may share its address, such as the games of the box or the users of a proxy, and nobody guesses 256 bits.
 */
export class WrongTokens {
  readonly #byAddress = new Map<string, { count: number; readonly since: number }>();

  constructor(private readonly clock: Clock, private readonly limit: () => number) {}

  /** Milliseconds until the address may try again; 0 if it may now. */
  waitMs(address: string): number {
    const failures = this.#current(address);
    if (!failures || failures.count < this.limit()) return 0;
    return Math.max(1, failures.since + minuteMs - this.clock.now());
  }

  /** Counts a wrong token. The answer is `too_many_requests` if the address has to wait, else `refusal`. */
  refuse(address: string, refusal: PinkyError): PinkyError {
    const waitMs = this.waitMs(address);
    if (waitMs > 0) {
      const message = 'too many wrong tokens came from your address, and this is another one';
      return new PinkyError('too_many_requests', message, { details: { waitMs } });
    }
    this.add(address);
    return refusal;
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
