import type { Clock } from '@pinky/protocol/base';
import {
  afterCrash,
  cleanHistory,
  type CrashHistory,
  type RestartDecision,
  type RestartOptions,
} from '../restart/restart-policy.js';

/** Between two tries to start a child for which the machine has no room, milliseconds. */
const lackPauseMs = 1_000;

/** The pause between a child's crash and its restart. It grows while the child keeps crashing. */
export class RestartPause {
  #history: CrashHistory = cleanHistory;
  #pauseMs = 0;
  #cancel: (() => void) | undefined;
  #endsAt = 0;

  /** @param random In [0, 1): the jitter. */
  constructor(private readonly clock: Clock, private readonly random: () => number) {}

  /** Counts a crash, and decides how long the pause after it is. */
  crashed(options: RestartOptions): RestartDecision {
    const decision = afterCrash(this.#history, this.clock.now(), options, this.random());
    this.#history = decision.history;
    this.#pauseMs = decision.pauseMs ?? 0;
    return decision;
  }

  /** The machine has no room for it. That is no crash, and may be over in a moment. */
  lacked(): void {
    this.#pauseMs = lackPauseMs;
  }

  /** Calls `onOver` once the pause is over: at once if there is none, never if it is cancelled. */
  wait(onOver: () => void): void {
    if (this.#pauseMs <= 0) return onOver();
    this.#endsAt = this.clock.now() + this.#pauseMs;
    this.#cancel = this.clock.after(this.#pauseMs, onOver);
  }

  /** Milliseconds until the pause that is under way is over. */
  get leftMs(): number {
    return Math.max(0, this.#endsAt - this.clock.now());
  }

  cancel(): void {
    this.#cancel?.();
  }
}
