import type { BackupView } from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';
import { formatDuration, formatSize } from '../../terminal/figures.js';

export const columns = ['WHICH', 'WHEN', 'AGE', 'SIZE', 'KIND', 'CLEAN', 'PINNED', 'VERIFIED', 'COPIES'];

/** `2026-11-29T18:00:03+01:00` → `2026-11-29 18:00:03`: the clock of the box. */
export const whenOf = ({ when }: BackupView): string => when.slice(0, 19).replace('T', ' ');

/** Since the moment of `whenOf`, and since when the world may have changed: `2h 5m ago, unchanged 10s ago`. */
export function ageOf({ seconds, unchangedAt = 0 }: BackupView, now: number): string {
  const ago = (moment: number): string => `${formatDuration(Math.max(0, now - moment))} ago`;
  const made = ago(seconds * 1_000);
  return unchangedAt > seconds * 1_000 ? `${made}, unchanged ${ago(unchangedAt)}` : made;
}

/** One backup in the table. */
export function rowOf({ out, clock }: Context, backup: BackupView) {
  const now = clock.wallNow();
  const { seconds, size, kind, isClean, verifiedAt, problem, copies = [] } = backup;
  const verified = verifiedAt === undefined ? 'no' : 'yes';
  return [
    out.paint('strong', String(seconds)),
    whenOf(backup),
    ageOf(backup, now),
    formatSize(size),
    kind,
    isClean ? 'yes' : out.paint('busy', 'no'),
    pinOf(backup, now),
    problem === undefined ? verified : out.paint('bad', 'DAMAGED'),
    copies.length,
  ];
}

/** `ever`, or for how long. Empty where it is not pinned, or no longer. */
export function pinOf({ pinnedUntil }: BackupView, now: number): string {
  if (pinnedUntil === undefined) return '';
  if (pinnedUntil === 'ever') return 'ever';
  return pinnedUntil > now ? formatDuration(pinnedUntil - now) : '';
}

/** One backup in a sentence: `1764000000, of 2026-11-29 18:00:03 (2h 5m ago), full, 1.2 GiB`. */
export function sentenceOf({ out, clock }: Context, backup: BackupView): string {
  const { seconds, kind, size } = backup;
  const when = `of ${whenOf(backup)} (${ageOf(backup, clock.wallNow())})`;
  return `${out.paint('strong', String(seconds))}, ${when}, ${kind}, ${formatSize(size)}`;
}
