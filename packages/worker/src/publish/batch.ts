import type { PendingEvent } from '@pinky/protocol';
import type { PlayerEntry } from '../record/checkpoint.js';

/** A place in a run: offsets of the next byte in its console and in its journal. */
export interface Position {
  readonly console: number;
  readonly journal: number;
}

export const startOfRun: Position = { console: 0, journal: 0 };

export const isSame = (a: Position, b: Position): boolean => a.console === b.console && a.journal === b.journal;

export const isAtOrBefore = (a: Position, b: Position): boolean => a.console <= b.console && a.journal <= b.journal;

export const laterOf = (a: Position, b: Position): Position => ({ console: Math.max(a.console, b.console), journal: Math.max(a.journal, b.journal) });

/** Everything that a run said between two positions, oldest first. `after` is what was true at its end, where known. */
export interface Batch {
  readonly run: string;
  readonly from: Position;
  readonly to: Position;
  readonly events: readonly PendingEvent[];
  readonly after?: { readonly isReady: boolean; readonly players: readonly PlayerEntry[] };
}
