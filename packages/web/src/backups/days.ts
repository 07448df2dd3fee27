import type { Backup } from '../api/types.js';

/** The backups of one day of the reader's zone, the newest first. */
export interface Day {
  readonly title: string;
  readonly backups: readonly Backup[];
}

const dayOf = (ms: number): string => new Date(ms).toDateString();
const dayMs = 86_400_000;

/** Backups by days. They come the newest first, and stay so. */
export function daysOf(backups: readonly Backup[], now: number): readonly Day[] {
  const days = new Map<string, Backup[]>();
  for (const backup of backups) {
    const day = dayOf(Date.parse(backup.madeAt));
    days.set(day, [...(days.get(day) ?? []), backup]);
  }
  return [...days].map(([day, of]) => ({ title: titleOf(day, now), backups: of }));
}

function titleOf(day: string, now: number): string {
  if (day === dayOf(now)) return 'Today';
  if (day === dayOf(now - dayMs)) return 'Yesterday';
  return new Date(day).toLocaleDateString(undefined, { dateStyle: 'full' });
}

/** A backup's length in the time line, percent of the longest. One that holds only changes is still seen. */
export const shareOf = ({ size }: Backup, all: readonly Backup[]): number =>
  Math.max(2, Math.round((100 * size) / Math.max(1, ...all.map((each) => each.size))));

/** The sign of a backup in the time line. Its words stand beside it. */
export function signOf({ kind, isClean, pinnedUntil, problem }: Backup): 'bad' | 'pinned' | 'unclean' | Backup['kind'] {
  if (problem !== undefined) return 'bad';
  if (pinnedUntil !== undefined) return 'pinned';
  return isClean ? kind : 'unclean';
}

/** The body of a request that pins a backup as it was before: for the days that were left, and for its reason. */
export function pinAgain({ pinnedUntil, because }: Backup, now: number): Readonly<Record<string, unknown>> {
  const days = Math.max(1, Math.ceil((Date.parse(pinnedUntil ?? '') - now) / dayMs)); // NaN: for ever
  return { ...(days >= 1 && { days }), ...(because !== undefined && { because }) };
}
