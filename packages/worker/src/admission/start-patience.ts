import type { Clock } from '@pinky/protocol';
import { StallMeter } from './cpu-stall.js';

/** From this share of its time on, a machine whose tasks wait for a processor counts as starved. */
const starvedShare = 0.25;
/** How often a starved game gets its time once more. */
const mostExtensions = 4;

/** Gives a game that is loading more time on a machine that has no processor for it. */
export class StartPatience {
  readonly #meter: StallMeter;
  #left = mostExtensions;

  constructor(clock: Pick<Clock, 'now'>, stallMs: () => number | undefined) {
    this.#meter = new StallMeter(() => clock.now(), stallMs);
  }

  /** A game is launched. */
  begin(): void {
    this.#left = mostExtensions;
    this.#meter.restart();
  }

  /** Its time is over. Whether it gets it once more. */
  extend(): boolean {
    const isStarved = (this.#meter.share ?? 0) >= starvedShare;
    this.#meter.restart();
    return isStarved && this.#left-- > 0;
  }
}
