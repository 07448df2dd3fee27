import type { Clock } from '../time/clock.js';

/** Says when no slave has been there for a while, and again after the same time. */
export class Absence {
  #watch: AbortController | undefined;

  constructor(private readonly clock: Clock, private readonly ms: number, private readonly onAbsent: () => void) {}

  /** Begins to wait. One wait at a time: slaves that come and go do not put it off. */
  begin(): void {
    if (this.#watch) return;
    const watch = new AbortController();
    this.#watch = watch;
    void this.clock.rest(this.ms, watch.signal).then((isOver) => {
      if (!isOver) return;
      this.#watch = undefined;
      this.begin();
      this.onAbsent();
    });
  }

  end(): void {
    this.#watch?.abort();
    this.#watch = undefined;
  }
}
