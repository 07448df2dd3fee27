import type { Clock } from '@pinky/protocol';
import type { Output } from '../terminal/output.js';

export interface Step {
  readonly step: string;
  readonly ms: number;
}

/** Says each step of something that takes a while when it is done, with its time. */
export class Steps {
  readonly done: Step[] = [];
  #since: number;

  constructor(private readonly out: Output, private readonly clock: Clock) {
    this.#since = clock.now();
  }

  /** A step ends; the next one begins. */
  end(step: string): void {
    const now = this.clock.now();
    const ms = Math.round(now - this.#since);
    this.#since = now;
    this.done.push({ step, ms });
    this.out.line(`${(ms / 1000).toFixed(2).padStart(6)} s  ${step}`);
  }
}
