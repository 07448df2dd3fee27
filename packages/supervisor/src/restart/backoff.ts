export interface BackoffOptions {
  /** The first pause that is not zero. Milliseconds. Default 100. */
  readonly firstMs: number;
  /** The longest pause. Milliseconds. Default 30 000. */
  readonly maxMs: number;
  /** The part of each pause that chance may take away, so that many children do not restart in step. Default 0.2. */
  readonly jitter: number;
}

/**
 * The pause before a restart. `attempt` counts the restarts in a row from 0. There is no pause before the first, since
 * most crashes are single ones. Then the pause doubles. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, { firstMs, maxMs, jitter }: BackoffOptions, random: number): number {
  if (attempt <= 0) return 0;
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 50));
  return full * (1 - jitter * random);
}
