import { statSync } from 'node:fs';
import type { Rotation } from './rotation.js';

/** The calendar periods after which a log can be rotated. Ruby's Logger has the same. */
export type Period = Exclude<Rotation['generations'], number>;

/** The first moment of the period that holds `timeMs`, in local time. Weeks begin on Sunday. */
export function periodStart(period: Period, timeMs: number): number {
  const date = new Date(timeMs);
  const day = { daily: date.getDate(), weekly: date.getDate() - date.getDay(), monthly: 1 }[period];
  return new Date(date.getFullYear(), date.getMonth(), day).getTime();
}

/**
 * The new name of a log whose last period ended before `nowMs`: `log.20261120`. If the name is taken, `.1`, `.2` …
 * is added.
 */
export function periodName(path: string, period: Period, nowMs: number): string {
  const last = new Date(periodStart(period, nowMs) - 1);
  const day = `${last.getFullYear()}${two(last.getMonth() + 1)}${two(last.getDate())}`;
  const name = `${path}.${day}`;
  if (!isTaken(name)) return name;
  let index = 1;
  while (isTaken(`${name}.${index}`)) index += 1;
  return `${name}.${index}`;
}

const isTaken = (name: string): boolean => statSync(name, { throwIfNoEntry: false }) !== undefined;
const two = (number: number): string => String(number).padStart(2, '0');
