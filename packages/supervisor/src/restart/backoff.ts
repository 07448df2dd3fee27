export interface BackoffOptions {
  /** The first pause that is not zero, milliseconds. Default 100. */
  readonly firstMs: number;
  /** The longest pause, milliseconds. Default 30 000. */
  readonly maxMs: number;
  /**
   * Each pause is drawn from this part of itself below to itself, so that many children do not restart in step. Default
   * 0.2.
   */
  readonly jitter: number;
}

/**
 * The pause before the `attempt`-th restart in a row (the first is 0): none before the first, since most crashes are
 * single ones, then doubling. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, { firstMs, maxMs, jitter }: BackoffOptions, random: number): number {
  if (attempt <= 0) return 0;
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 50));
  return full * (1 - jitter * random);
}
