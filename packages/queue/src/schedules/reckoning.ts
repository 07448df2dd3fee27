import { mostMissed, type MissedRuns, type Schedule } from '@pinky/protocol';
import type { KnownTimes } from './known-times.js';

/** A clock that is set back by more than this was wrong before, milliseconds: the reckoning begins anew. */
export const setBackMs = 26 * 3_600_000;

/** The state of a schedule at one moment: whether a run is due, and which ones have been missed. */
export interface Reckoning {
  /** The newest time that is due, and not too late. */
  readonly due?: number;
  /** The times before that one, or all of them. */
  readonly missed?: MissedRuns;
  /** The clock was set far back: nothing is due, and the reckoning begins at this moment. */
  readonly isSetBack?: true;
}

/**
 * Looks what is due at a moment of the clock on the wall, which may have jumped. A jump ahead is as a box that was off:
 * the newest run may begin late, and those before it are missed. While the clock is set back by less than a day, no
 * time comes twice.
 */
export function reckon(schedule: Schedule, now: number, known: KnownTimes): Reckoning {
  const { doneUntil, lateMs } = schedule;
  if (now < doneUntil - setBackMs) return { isSetBack: true };
  if (now < known.next(schedule, doneUntil)) return {};
  const times = known.times(schedule);
  const { last: due } = times.between(Math.max(doneUntil, now - lateMs - 1), now, Infinity);
  const missed = missedUntil(due === undefined ? now : due - 1);
  return { ...(due !== undefined && { due }), ...(missed && { missed }) };

  function missedUntil(to: number): MissedRuns | undefined {
    const { count, first, last } = times.between(doneUntil, to, mostMissed);
    if (first === undefined || last === undefined) return undefined;
    return { count, first, last, because: 'the box did not look at its clock then' };
  }
}

/** Missed runs together with those that were missed before. */
export const alsoMissed = (before: MissedRuns | undefined, more: MissedRuns): MissedRuns =>
  before ? { ...more, count: Math.min(mostMissed, before.count + more.count), first: before.first } : more;
