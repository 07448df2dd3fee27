import type { Checkpoint } from '../record/checkpoint.js';
import type { Position } from '../record/position.js';

/** A run whose events are being sent. */
export interface SentRun {
  readonly id: string;
  /** How far the run has been read. */
  live: Position;
  /** Everything before has reached Redis, or holds no event; with what was true there. */
  acked: Checkpoint;
  /** Where Redis said that the run's cursor stands. */
  cursor: Position;
  isComplete: boolean;
}

/** Console bytes whose events have not reached Redis. */
export const unpublishedBytes = (runs: readonly SentRun[]): number =>
  runs.reduce((sum, { acked, live }) => sum + live.console - acked.console, 0);
