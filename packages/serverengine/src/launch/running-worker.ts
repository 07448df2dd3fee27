import type { Effective } from '../config/server-config.js';
import type { ProcessExit } from '@pinky/supervisor';

/** A running worker as its slot sees it, whatever it runs in. */
export interface WorkerBody {
  /**
   * Asks it to end, and goes on asking by the ladder. Asked again: a graceful request changes nothing, an immediate one
   * acts at once.
   */
  stop(isGraceful: boolean): void;
  /** Hands over the configuration that is in effect now. */
  reload(config: Effective): void;
  /** Whether its end is told in the log: that of a process is. */
  readonly isProcess: boolean;
}

export interface BodyListener {
  /** Called once, last. */
  readonly onExit: (exit: ProcessExit) => void;
}
