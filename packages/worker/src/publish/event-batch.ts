import type { PendingEvent } from '@pinky/protocol';
import type { Checkpoint } from '../record/checkpoint.js';

/** A place in a run: offsets of the next byte in its console and in its journal. */
export interface Position {
  readonly console: number;
  readonly journal: number;
}

export const startOfRun: Position = { console: 0, journal: 0 };

export const isSame = (a: Position, b: Position): boolean => a.console === b.console && a.journal === b.journal;

export const isAtOrBefore = (a: Position, b: Position): boolean => a.console <= b.console && a.journal <= b.journal;

/** Everything that a run said between two positions, oldest first. `to` is also what was true there. */
export interface EventBatch {
  readonly run: string;
  readonly from: Position;
  readonly to: Checkpoint;
  readonly events: readonly PendingEvent[];
}
