import type { ProcessIdentity } from '../adopt/process-identity.js';
import type { ProcessExit } from '../restart/exit-meaning.js';

/** What the owner of a live process hears from it. */
export interface ProcessListener {
  readonly onBeat: () => void;
  /** The heartbeat pipe was closed by a process that still runs: it will never beat again. */
  readonly onPulseLost: () => void;
  /** Called once, last. */
  readonly onExit: (exit: ProcessExit) => void;
}

/** A process that is watched: a child of ours, or an adopted one. */
export interface LiveProcess {
  readonly pid: number;
  readonly identity: ProcessIdentity;
  readonly isAdopted: boolean;
  /** False where it is gone; nothing else is ever signalled. */
  signal(signal: NodeJS.Signals): boolean;
  /** Looks whether an adopted process still lives; nothing to do for a child, whose exit is told. */
  check(): void;
  /** An adopted process's connection: while it is held, its end tells of the exit. */
  connectionHeld(isHeld: boolean): void;
  /** Stops watching; the process goes on. */
  release(): void;
}
