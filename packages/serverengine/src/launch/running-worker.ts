import type { ProcessExit } from '@pinky/supervisor';
import type { EffectiveConfig } from '../config/server-config.js';

/** A running worker of any type, as its slot sees it. */
export interface RunningWorker {
  /**
   * Asks it to end, and keeps asking by the ladder. A graceful request changes nothing when it is repeated. An
   * immediate one acts at once.
   */
  stop(isGraceful: boolean): void;
  /** Hands over the configuration that is now in effect. */
  reload(config: EffectiveConfig): void;
  /** Whether the log tells of its end. It does for a process. */
  readonly isProcess: boolean;
}

export interface WorkerListener {
  /** Called once, and last. */
  readonly onExit: (exit: ProcessExit) => void;
}
