import type { LadderOptions } from '../terminate/ladder.js';

/** How a child is asked to leave. */
export interface LeaveRequest {
  /** The rung to begin with. */
  readonly mode: 'graceful' | 'immediate';
  /** Default: the spec's ladder. */
  readonly ladder?: LadderOptions;
  /** Asks politely by another way than the graceful signal. If it answers false, the signal is sent. */
  readonly ask?: () => boolean;
}
