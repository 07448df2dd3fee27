import type { Clock } from '@pinky/protocol';
import { askGracefully, askImmediately, tick, watched, type Escalation, type Rung } from '../terminate/escalation.js';
import type { LadderOptions } from '../terminate/ladder.js';

export interface ClimberOptions {
  readonly clock: Clock;
  readonly ladder: () => LadderOptions;
  /** What each rung does; `nth` counts the requests of that rung from 1. */
  readonly onRung: (rung: Rung, nth: number) => void;
}

/** Between two looks at the ladder, milliseconds. */
const tickMs = 500;

/** Climbs a ladder for a worker that takes no signals: one that lives in a thread, or in the server itself. */
export class Climber {
  #at: Escalation;
  #timer: NodeJS.Timeout | undefined;
  #rung: Rung | undefined;
  #count = 0;

  constructor(private readonly options: ClimberOptions) {
    this.#at = watched(options.clock.now());
  }

  ask(isGraceful: boolean): void {
    const now = this.options.clock.now();
    this.#at = isGraceful ? askGracefully(this.#at, now) : askImmediately(this.#at, now);
    this.#timer ??= setInterval(() => this.#tick(), tickMs);
    this.#tick();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const { next, rung } = tick(this.#at, this.options.clock.now(), this.options.ladder());
    this.#at = next;
    if (rung === undefined) return;
    this.#count = rung === this.#rung ? this.#count + 1 : 1;
    this.#rung = rung;
    this.options.onRung(rung, this.#count);
  }
}
