/** The answers of a `look` that has found nothing. */
type Nothing = undefined | null | false | 0 | '';
type LookFunction<T> = () => T | Nothing | Promise<T | Nothing>;

export interface UntilOptions {
  /**
   * Milliseconds. Default 60 000: far beyond what anything takes, so that a starved machine fails nothing. A wait that
   * finds something ends at once.
   */
  readonly timeoutMs?: number;
  /** Pause between two looks, milliseconds. Default 10. */
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
  throw new NeverHappened(`did not happen within ${(options.timeoutMs ?? defaultTimeoutMs) / 1_000} s: ${what}`);
}

/** As `until`, but answers undefined when the time is over: for what may just as well not happen. */
export async function lookFor<T>(
  look: LookFunction<T>,
  { timeoutMs = defaultTimeoutMs, everyMs = 10, signal }: UntilOptions = {},
): Promise<T | undefined> {
  const endsAt = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const found = await look();
    if (found) return found;
    if (performance.now() >= endsAt) return undefined;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

const defaultTimeoutMs = 60_000;
