import type { Clock } from '@pinky/protocol/base';
import {
  askGracefully,
  askImmediately,
  leastLookMs,
  nextLookAt,
  tick,
  watched,
  type Escalation,
  type Rung,
} from './escalation.js';
import type { LadderOptions } from './ladder.js';

export interface ClimberOptions {
  readonly clock: Clock;
  readonly ladder: () => LadderOptions;
  /** What each rung does; `nth` counts the requests of that rung from 1. */
  readonly onRung: (rung: Rung, nth: number) => void;
}

/** Climbs a ladder for a worker that takes no signals: one that lives in a thread, or in the server itself. */
export class Climber {
  #at: Escalation;
  #nextLook: AbortController | undefined;
  #rung: Rung | undefined;
  #count = 0;
  #isOver = false;

  constructor(private readonly options: ClimberOptions) {
    this.#at = watched(options.clock.now());
  }

  ask(isGraceful: boolean): void {
    const now = this.options.clock.now();
    this.#at = isGraceful ? askGracefully(this.#at, now) : askImmediately(this.#at, now);
    this.#tick();
  }

  end(): void {
    this.#nextLook?.abort();
    this.#isOver = true;
  }

  #tick(): void {
    if (this.#isOver) return;
    const { clock } = this.options;
    const ladder = this.options.ladder();
    const { next, rung } = tick(this.#at, clock.now(), ladder);
    this.#at = next;
    this.#lookAt(nextLookAt(next, ladder));
    if (rung === undefined) return;
    this.#count = rung === this.#rung ? this.#count + 1 : 1;
    this.#rung = rung;
    this.options.onRung(rung, this.#count);
  }

  #lookAt(at: number | undefined): void {
    this.#nextLook?.abort();
    if (at === undefined) return;
    const look = new AbortController();
    this.#nextLook = look;
    const { clock } = this.options;
    // it is over, or was asked anew
    const pauseMs = Math.max(leastLookMs, at - clock.now());
    void clock.rest(pauseMs, look.signal).then((isOver) => isOver && this.#tick());
  }
}
