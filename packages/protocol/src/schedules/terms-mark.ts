import { Fingerprint } from '../fingerprint.js';
import type { ScheduleTerms } from './schedule.js';

/**
 * Tells the terms of a schedule from those that they were before, as 32 hexadecimal digits. Runs leave it as it is: a
 * schedule that has only run is still the one that somebody has read.
 */
export function markOfTerms(terms: ScheduleTerms): string {
  const { when, tz, do: steps, warnMs = [], warnText, players = 'any', lateMs, isPaused = false } = terms;
  const said = [when, tz, steps, warnMs, warnText ?? null, players, lateMs, isPaused];
  return new Fingerprint().update(JSON.stringify(said)).digest().slice(0, 32);
}
