import { isAlive, signalProcess, type ProcessIdentity } from './process-identity.js';
import type { ProcessExit } from '../restart/exit-meaning.js';

/**
 * A process is usually gone a millisecond or two after its connection has ended. These are the pauses between the looks
 * for it. Milliseconds.
 */
const looksAfterMs = [1, 5, 20, 100, 300];

/**
 * A process that is not our child. The kernel reports neither its exit nor its exit code to us. While a connection to
 * it is held, the connection's end tells of the exit. Without one, `check` must be called now and then.
 */
export class AdoptedProcess {
  readonly isAdopted = true;
  #isHeld = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(readonly identity: ProcessIdentity, private readonly onExit: (exit: ProcessExit) => void) {}

  get pid(): number {
    return this.identity.pid;
  }

  get needsLooks(): boolean {
    return !this.#isHeld;
  }

  signal(signal: NodeJS.Signals): boolean {
    return signalProcess(this.identity, signal);
  }

  check(): void {
    if (!this.#isHeld) this.#look();
  }

  connectionHeld(isHeld: boolean): void {
    const hasEnded = this.#isHeld && !isHeld;
    this.#isHeld = isHeld;
    clearTimeout(this.#timer);
    if (hasEnded) this.#lookAgain(0);
  }

  release(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #look(): void {
    if (this.#isOver || isAlive(this.identity)) return;
    this.release();
    this.onExit({ kind: 'unknown' });
  }

  /** A process that is still alive after the last look has only lost its connection. `check` goes on looking. */
  #lookAgain(attempt: number): void {
    this.#look();
    const pauseMs = looksAfterMs[attempt];
    if (this.#isOver || pauseMs === undefined) return;
    this.#timer = setTimeout(() => this.#lookAgain(attempt + 1), pauseMs);
  }
}
