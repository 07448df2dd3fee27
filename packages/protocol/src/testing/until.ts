/**
 * Longest that a test waits for what must happen, milliseconds. A starved machine keeps it: six loops beside the tests
 * make them eight times slower, and what takes longest takes ten seconds on a machine that is idle.
 */
export const patienceMs = 180_000;

/** The rest after a short look is no longer than this, milliseconds. */
const longestRestMs = 200;

/** The answers of a `look` that has found nothing. */
type Nothing = undefined | null | false | 0 | '';
type LookFunction<T> = () => T | Nothing | Promise<T | Nothing>;

export interface UntilOptions {
  /** Milliseconds. Default `patienceMs`. A wait that finds something ends at once. */
  readonly timeoutMs?: number;
  /**
   * Pause between two looks, milliseconds. Default 10. It is at least three times as long as the look took, and ten
   * times for a short one, such as that at every process of the machine: a look must not take a core from what is
   * waited for.
   */
  readonly everyMs?: number;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The end of a wait in vain, with a sentence for people. */
export class NeverHappened extends Error {
  override readonly name = 'NeverHappened';
}

/**
 * Looks again and again until `look` finds something, and answers what it found. For what other processes do: real
 * time passes. Throws `NeverHappened`, which names `what`.
 */
export async function until<T>(what: string, look: LookFunction<T>, options: UntilOptions = {}): Promise<T> {
  const found = await lookFor(look, options);
  if (found) return found;
  throw new NeverHappened(`did not happen within ${(options.timeoutMs ?? patienceMs) / 1_000} s: ${what}`);
}

/** As `until`, but answers undefined when the time is over: for what may just as well not happen. */
export async function lookFor<T>(
  look: LookFunction<T>,
  { timeoutMs = patienceMs, everyMs = 10, signal }: UntilOptions = {},
): Promise<T | undefined> {
  const endsAt = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const startedAt = performance.now();
    const found = await look();
    if (found) return found;
    const now = performance.now();
    if (now >= endsAt) return undefined;
    const tookMs = now - startedAt;
    const restMs = Math.max(everyMs, 3 * tookMs, Math.min(10 * tookMs, longestRestMs));
    await new Promise((resolve) => setTimeout(resolve, restMs));
  }
}
