import { EventVerdict } from './events.mjs';

/** Judges the events while faults are still being made, so that a violation ends the run early. */
export class EarlyLook {
  #isLooking = false;
  #isConfirming = false;
  #seen;

  constructor({ backend, violation }) {
    this.backend = backend;
    this.violation = violation;
    this.#seen = new EventVerdict((text, serverId) => void this.#confirm(text, serverId));
  }

  /** Looks at the events so far. A Redis that is killed meanwhile, or forgets its last moments, spoils the look. */
  async look() {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      this.#seen.take(await this.backend.oldest('chaos:events', this.#seen.count));
    } catch {
      // Redis is away: the next look sees it.
    }
    this.#isLooking = false;
  }

  /** A violation that a part of the events shows counts once all of them show it. */
  async #confirm(text, serverId) {
    if (this.#isConfirming) return;
    this.#isConfirming = true;
    try {
      const whole = new EventVerdict(this.violation);
      whole.take(await this.backend.oldest('chaos:events'));
      if (whole.count === 0) this.violation(text, serverId);
    } catch {
      // Redis is away: the verdict at the end sees it.
    }
    this.#isConfirming = false;
  }
}
