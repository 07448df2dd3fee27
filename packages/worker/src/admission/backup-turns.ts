import { availableParallelism } from 'node:os';
import type { Clock, Logger } from '@pinky/protocol';
import type { Place } from './launch-admission.js';
import type { LaunchSlots } from './launch-slots.js';

/** The order of backups that wait: what a stop waits for, what somebody asked for, what is only due. */
export type BackupRank = 'final' | 'asked' | 'due';

/** The admission of one server's backups. */
export interface Turns {
  /** Does the work when the box can carry another backup. `onPlace` hears the place in line. Rejects if it is cut. */
  inTurn<T>(order: BackupTurn, work: () => Promise<T>): Promise<T>;
}

export interface BackupTurn {
  readonly rank: BackupRank;
  readonly signal: AbortSignal;
  readonly onPlace: (place: Place) => void;
}

export interface BackupTurnsOptions {
  readonly slots: Pick<LaunchSlots, 'isFree' | 'leave' | 'place' | 'release' | 'stand' | 'take'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const rankDigit: Readonly<Record<BackupRank, number>> = { final: 1, asked: 2, due: 3 };

/** Pause between two looks of the first in line; those behind look less often. Milliseconds. */
const lookMs = 50;
const longestLookMs = 500;

/**
 * Lets a box write one backup per core at a time, in the order of their ranks. The slots are files, as those of
 * launches, so it works whichever other process is dead. A backup that cannot be counted is not held up.
 */
export class BackupTurns implements Turns {
  constructor(private readonly options: BackupTurnsOptions) {}

  async inTurn<T>({ rank, signal, onPlace }: BackupTurn, work: () => Promise<T>): Promise<T> {
    const { slots, log } = this.options;
    try {
      await this.#admit(rank, signal, onPlace);
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ event: 'backup.uncounted', error: String(error) }); // a full disk, say
    }
    try {
      return await work();
    } finally {
      this.#try(() => slots.release());
    }
  }

  async #admit(rank: BackupRank, signal: AbortSignal, onPlace: BackupTurn['onPlace']): Promise<void> {
    const { slots, clock } = this.options;
    const count = availableParallelism();
    signal.throwIfAborted();
    if (slots.isFree && slots.take(count)) return;
    slots.stand(`${rankDigit[rank]}.${String(Math.round(clock.wallNow())).padStart(15, '0')}`);
    try {
      for (;;) {
        const { place } = slots;
        onPlace(place);
        if (place.at === 1 && slots.take(count)) return;
        await clock.rest(Math.min(longestLookMs, lookMs * place.at), signal);
        signal.throwIfAborted();
      }
    } finally {
      this.#try(() => slots.leave());
    }
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.options.log.warn({ event: 'backup.uncounted', error: String(error) });
    }
  }
}
