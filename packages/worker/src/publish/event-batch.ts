import type { PendingEvent } from '@pinky/protocol';
import type { Checkpoint } from '../record/checkpoint.js';
import type { Position } from '../record/position.js';

/** Everything that a run said between two positions, oldest first. `to` also holds what was true there. */
export interface EventBatch {
  readonly run: string;
  readonly from: Position;
  readonly to: Checkpoint;
  readonly events: readonly PendingEvent[];
}
