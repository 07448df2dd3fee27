import type { Observed, RunCase } from '../runs/run-case.js';

/**
 * A rule over a case's own fields. If it applies, we do something else than was recorded, and the rule says what.
 */
export interface RunDecision {
  readonly reason: string;
  readonly applies: (c: RunCase) => boolean;
  /** The record as it would be if ServerEngine had done the same. */
  readonly expect?: (observed: Observed, c: RunCase, ours: Observed) => Observed;
  /** Groups of events that are not compared, because `check` looks at them. */
  readonly ignoresGroup?: (group: string, c: RunCase) => boolean;
  readonly ignoresLog?: boolean;
  /** A fault of our run, or undefined. */
  readonly check?: (ours: Observed, c: RunCase) => string | undefined;
}
