import type { Clock } from '@pinky/protocol/base';
import {
  askGracefully,
  askImmediately,
  beat,
  excused,
  isSilent,
  killedInTime,
  leastLookMs,
  nextLookAt,
  tick,
  watched,
  type Escalation,
  type TickDecision,
} from './escalation.js';
import type { LadderOptions } from './ladder.js';

/** The owner of an escalation timer: an object instead of a function, because there may be thousands of timers. */
export interface EscalationOwner {
  /** The next rung is due. The owner should look. */
  tick(): void;
}

/** An escalation on a clock. It tells its owner when the next rung is due, so that no rung waits for a poll. */
export class EscalationTimer {
  #at: Escalation;
  #hasKilled = false;
  /** Takes back the look that is due next. */
  #cancelLook: (() => void) | undefined;

  constructor(private readonly clock: Clock, private readonly owner: EscalationOwner) {
    this.#at = watched(clock.now());
  }

  /** Milliseconds since the last sign of life. */
  get silentMs(): number {
    return this.clock.now() - this.#at.lastBeatAt;
  }

  /** Whether that silence is too long for this ladder. */
  isSilent(ladder: LadderOptions): boolean {
    return isSilent(this.#at, this.clock.now(), ladder);
  }

  /** A new process is watched from now on. */
  reset(): void {
    this.#hasKilled = false;
    this.#at = watched(this.clock.now());
  }

  /** The same process is at the foot of the ladder again. Its silence so far still counts. */
  startOver(): void {
    this.#hasKilled = false;
    const { lastBeatAt, isBooting } = this.#at;
    this.#at = { ...watched(lastBeatAt), ...(isBooting !== undefined && { isBooting }) };
  }

  /** A sign of life. */
  beat(): void {
    this.#at = beat(this.#at, this.clock.now());
  }

  /** This much of the silence does not count. */
  excuse(ms: number): void {
    this.#at = excused(this.#at, ms, this.clock.now());
  }

  /** The process is asked to leave. The first signal is due with the next look. */
  ask(mode: 'graceful' | 'immediate'): void {
    const now = this.clock.now();
    this.#at = mode === 'immediate' ? askImmediately(this.#at, now) : askGracefully(this.#at, now);
  }

  /** Decides what is due now by this ladder, and when to look again. The ladder may be another one each time. */
  look(ladder: LadderOptions): TickDecision {
    const decision = tick(this.#inTime(this.#at, ladder), this.clock.now(), ladder);
    this.#hasKilled ||= decision.rung === 'kill';
    this.#at = decision.next;
    this.#lookAgain(nextLookAt(this.#inTime(decision.next, ladder), ladder));
    return decision;
  }

  /** Takes back the look that is due next. */
  stop(): void {
    this.#cancelLook?.();
  }

  #inTime(at: Escalation, ladder: LadderOptions): Escalation {
    return this.#hasKilled ? at : killedInTime(at, ladder);
  }

  #lookAgain(at: number | undefined): void {
    this.#cancelLook?.();
    if (at === undefined) return;
    const pauseMs = Math.max(leastLookMs, at - this.clock.now());
    this.#cancelLook = this.clock.after(pauseMs, () => this.owner.tick());
  }
}
