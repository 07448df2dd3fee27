import type { Clock } from '../time/clock.js';

export interface HandoffMasterOptions {
  readonly clock: Clock;
  /** Starts a slave. Called for a migration, and if no slave has been seen for `absentMs`. */
  readonly startSlave: () => void;
  /** How many shards move in one migration, unless the old slave answers with another number. Default 1. */
  readonly shards?: number;
  /** A slave is started after so much time without one, milliseconds. Default 15 000. */
  readonly absentMs?: number;
  /** How long one step of a migration may take before the migration is abandoned, milliseconds. Default 15 000. */
  readonly stepTimeoutMs?: number;
  /**
   * How long a slave that was told to shut down may take before its connection is closed, milliseconds. Default 5 000.
   */
  readonly leaveTimeoutMs?: number;
  /**
   * Hears how a migration ended: `moved`, or `abandoned` with the reason. Then the shards are where they were, or were
   * started cold.
   */
  readonly onMigration?: (outcome: 'moved' | 'abandoned', because: string) => void;
}
