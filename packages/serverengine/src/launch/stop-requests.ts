import type { Clock } from '@pinky/protocol/base';
import { EscalationTimer, type EscalationOwner, type LadderOptions, type Rung } from '@pinky/supervisor';

export interface StopRequestsOptions {
  readonly clock: Clock;
  readonly ladder: () => LadderOptions;
  /** Makes the request of a rung. `nth` counts the requests of that rung from 1. */
  readonly onRung: (rung: Rung, nth: number) => void;
}

/**
 * Asks a worker to end, again and again, by the ladder. For workers that take no signals, because they live in a thread
 * or in the server itself.
 */
export class StopRequests implements EscalationOwner {
  readonly #escalation: EscalationTimer;
  #rung: Rung | undefined;
  #count = 0;
  #isOver = false;

  constructor(private readonly options: StopRequestsOptions) {
    this.#escalation = new EscalationTimer(options.clock, this);
  }

  /** Whether it was asked at all. */
  get isAsked(): boolean {
    return this.#rung !== undefined;
  }

  ask(isGraceful: boolean): void {
    this.#escalation.ask(isGraceful ? 'graceful' : 'immediate');
    this.tick();
  }

  end(): void {
    this.#escalation.stop();
    this.#isOver = true;
  }

  /** The next rung is due. */
  tick(): void {
    if (this.#isOver) return;
    const { rung } = this.#escalation.look(this.options.ladder());
    if (rung === undefined) return;
    this.#count = rung === this.#rung ? this.#count + 1 : 1;
    this.#rung = rung;
    this.options.onRung(rung, this.#count);
  }
}
