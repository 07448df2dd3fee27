import type { Clock } from '@pinky/protocol';
import type { Output } from '../terminal/output.js';

export interface UpgradeStep {
  readonly step: string;
  readonly ms: number;
}

/** Prints each step of an upgrade when it is done, with its time. */
export class Steps {
  readonly done: UpgradeStep[] = [];
  #since: number;

  constructor(private readonly out: Output, private readonly clock: Clock) {
    this.#since = clock.now();
  }

  /** Ends a step and begins the next one. */
  end(step: string): void {
    const now = this.clock.now();
    const ms = Math.round(now - this.#since);
    this.#since = now;
    this.done.push({ step, ms });
    this.out.line(`${(ms / 1000).toFixed(2).padStart(6)} s  ${step}`);
  }
}
