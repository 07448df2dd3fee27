import type { ProcessIdentity } from '../adopt/process-identity.js';
import type { ProcessExit } from '../restart/exit-meaning.js';

/** The reports of a live process to its owner. */
export interface ProcessListener {
  readonly onBeat: () => void;
  /** A process that still runs has closed its heartbeat pipe: it will never beat again. */
  readonly onPulseLost: () => void;
  /** Called once, and last. */
  readonly onExit: (exit: ProcessExit) => void;
}

/** A process that is watched: a child, or an adopted process. */
export interface LiveProcess {
  readonly pid: number;
  readonly identity: ProcessIdentity;
  readonly isAdopted: boolean;
  /** Whether only looks can find its end: it was adopted, and holds no connection. */
  readonly needsLooks: boolean;
  /** False if it is gone. Never signals another process. */
  signal(signal: NodeJS.Signals): boolean;
  /** Looks whether an adopted process is still alive. A child needs no look: Node reports its exit. */
  check(): void;
  /** Whether an adopted process holds a connection. If so, the connection's end tells of the exit. */
  connectionHeld(isHeld: boolean): void;
  /** Stops watching. The process goes on. */
  release(): void;
}
