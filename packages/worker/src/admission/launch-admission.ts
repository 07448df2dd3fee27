import { availableParallelism } from 'node:os';
import type { Clock, Logger } from '@pinky/protocol';
import type { LaunchSlots } from './launch-slots.js';

/** The order of those who wait: what somebody asked for, then what only comes back, and of that what had players. */
export type LaunchRank = 'asked' | 'hadPlayers' | 'comesBack';

/** The admission of one server's launches, as its life needs it. */
export interface Admission {
  /** Waits until the box can carry another launch. `onPlace` hears the place in line. Rejects if `signal` aborts. */
  admit(rank: LaunchRank, signal: AbortSignal, onPlace: (place: Place) => void): Promise<void>;
  /** A launch that waits for nobody: a game that was up is launched again. It counts all the same. */
  count(): void;
  /** The launch is over: the game is up, or gone. */
  done(): void;
}

export interface Place {
  readonly at: number;
  readonly of: number;
}

export interface LaunchAdmissionOptions {
  readonly slots: Pick<LaunchSlots, 'hasSlot' | 'isFree' | 'leave' | 'place' | 'release' | 'stand' | 'take'>;
  /** How many games may be starting at once. 0: as many as the cores carry. */
  readonly atOnce: () => number;
  /** How many threads of the machine run or want to, just now. Undefined if that is not known. */
  readonly runnable: () => number | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

const rankDigit: Readonly<Record<LaunchRank, number>> = { asked: 1, hadPlayers: 2, comesBack: 3 };

/** Launches for each core: on a busy machine, and on one whose cores have nothing to do although games are loading. */
const perBusyCore = 2;
const perIdleCore = 8;
/** How many looks in a row must find a core idle. One alone may come between two bursts of work. */
const idleLooks = 3;
/** Pause between two looks of the first in line; those behind look less often. Milliseconds. */
const lookMs = 20;
const longestLookMs = 500;
/** More than any box has games. */
const unlimited = 10_000;

/** Lets a game start only when the box can carry one more. A launch that cannot be counted is not held up. */
export class LaunchAdmission implements Admission {
  constructor(private readonly options: LaunchAdmissionOptions) {}

  async admit(rank: LaunchRank, signal: AbortSignal, onPlace: (place: Place) => void): Promise<void> {
    const { slots, clock, log } = this.options;
    signal.throwIfAborted();
    try {
      if (slots.hasSlot || (slots.isFree && slots.take(this.#count(false)))) return;
      slots.stand(`${rankDigit[rank]}.${String(Math.round(clock.wallNow())).padStart(15, '0')}`);
      await this.#wait(signal, onPlace);
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ event: 'launch.uncounted', error: String(error) }); // a full disk is no reason to keep a game down
    } finally {
      slots.leave();
    }
  }

  count(): void {
    this.#try(() => this.options.slots.take(unlimited));
  }

  done(): void {
    if (this.options.slots.hasSlot) this.#try(() => this.options.slots.release());
  }

  async #wait(signal: AbortSignal, onPlace: (place: Place) => void): Promise<void> {
    const { slots, clock } = this.options;
    for (let idle = 0; ; ) {
      const place = slots.place;
      onPlace(place);
      idle = this.#hasIdleCore ? idle + 1 : 0;
      const count = this.#count(idle >= idleLooks);
      if (place.at <= count && slots.take(count)) return;
      const isOver = await clock.rest(Math.min(longestLookMs, lookMs * place.at), signal);
      if (!isOver) signal.throwIfAborted();
    }
  }

  get #hasIdleCore(): boolean {
    const runnable = this.options.runnable();
    return runnable !== undefined && runnable < availableParallelism();
  }

  #count(isIdle: boolean): number {
    const asked = this.options.atOnce();
    return asked > 0 ? asked : availableParallelism() * (isIdle ? perIdleCore : perBusyCore);
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.options.log.warn({ event: 'launch.uncounted', error: String(error) });
    }
  }
}
