import { setImmediate } from 'node:timers/promises';
import { PinkyError, systemClock } from '@pinky/protocol';

/** How long work may hold this thread until others have a turn, such as the message that ends it. Milliseconds. */
const turnMs = 40;

/** Gives way at regular times to whatever else the thread has to do, and throws `cancelled` once the signal aborted. */
export class Pace {
  #nextAt = systemClock.now() + turnMs;

  constructor(private readonly signal: AbortSignal | undefined, private readonly problem: string) {}

  /** Nothing to await, most of the time: a promise for each of a million entries takes a second. */
  step(): Promise<void> | undefined {
    if (this.signal?.aborted) throw new PinkyError('cancelled', this.problem);
    return systemClock.now() < this.#nextAt ? undefined : this.#giveWay();
  }

  async #giveWay(): Promise<void> {
    await setImmediate();
    this.#nextAt = systemClock.now() + turnMs;
    if (this.signal?.aborted) throw new PinkyError('cancelled', this.problem);
  }
}
