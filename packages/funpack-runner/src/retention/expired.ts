import { basename } from 'node:path';
import { asOf, type KnownBackup } from '../catalogue/list-backups.js';
import { damagedForMs, stepsOf, type RetentionRule } from './retention-rule.js';

/** How it is decided which backups stay: so many of the newest, or by time. */
export type Retention = { readonly keep: number } | { readonly rule: RetentionRule };

/**
 * The backups of one server that are to go, oldest first. `backups` are all of them, oldest first. These stay whatever
 * else is said: the newest one, the newest one that is clean and whole, the pinned ones, those that `mustStay`, and the
 * full backup that one of those that stay needs.
 */
export function expired(
  backups: readonly KnownBackup[],
  retention: Retention,
  now: number,
  mustStay: (backup: KnownBackup) => boolean = () => false,
): readonly KnownBackup[] {
  const sound = backups.filter(isSound);
  const held = new Set([
    ...backups.slice(-1),
    ...sound.filter(({ note }) => !note?.isUnclean).slice(-1),
    ...backups.filter((backup) => isPinned(backup, now) || mustStay(backup)),
  ]);
  const newest = 'keep' in retention ? retention.keep : retention.rule.newest;
  for (const backup of sound.slice(-Math.max(1, newest))) held.add(backup);
  if ('keep' in retention) return withoutBases(backups, held);
  const { rule } = retention;
  const kept = new Set([...held, ...keptByTime(backups, sound, rule, now)]);
  const going = withoutBases(backups, kept);
  return [...going, ...overSize(backups.filter((backup) => !going.includes(backup)), held, rule.maxBytes)];
}

/** One that was found damaged takes no place of another: it would push out what can be restored. */
const isSound = ({ note }: KnownBackup): boolean => note?.problem === undefined;

export const isPinned = ({ note }: Pick<KnownBackup, 'note'>, now: number): boolean =>
  note?.pinnedUntil === 'ever' || (note?.pinnedUntil ?? 0) > now;

/** Whether `increment` needs `full`. One that does not say may need any that is older. */
export function needs(increment: KnownBackup, full: KnownBackup): boolean {
  if (increment.kind === 'full' || full.kind === 'incremental') return false;
  const base = increment.note?.base;
  return base === undefined ? full.seconds < increment.seconds : base === basename(full.path);
}

function withoutBases(backups: readonly KnownBackup[], kept: ReadonlySet<KnownBackup>): KnownBackup[] {
  const users = [...kept].filter(({ kind }) => kind === 'incremental');
  return backups.filter((backup) => !kept.has(backup) && !users.some((user) => needs(user, backup)));
}

function keptByTime(
  backups: readonly KnownBackup[],
  sound: readonly KnownBackup[],
  rule: RetentionRule,
  now: number,
): KnownBackup[] {
  return [
    ...backups.filter((backup) => asOf(backup) >= now - rule.allMs),
    ...backups.filter((backup) => !isSound(backup) && asOf(backup) >= now - damagedForMs),
    ...stepsOf(rule).flatMap(({ everyMs, forMs }) => lastOfEach(sound, everyMs, now - forMs, now)),
  ];
}

/**
 * For each span of time the backup that holds the world of its end. One that was found unchanged later holds the world
 * of all spans up to then. The spans lie still, so what stays today does not go tomorrow for one that went meanwhile.
 */
function lastOfEach(sound: readonly KnownBackup[], everyMs: number, from: number, now: number): KnownBackup[] {
  const last: KnownBackup[] = [];
  for (let span = Math.floor(from / everyMs); span * everyMs <= now; span++) {
    const [begin, end] = [span * everyMs, (span + 1) * everyMs];
    const within = sound.filter((backup) => backup.seconds * 1_000 < end && asOf(backup) >= begin);
    const newest = within.toSorted((a, b) => a.seconds - b.seconds).at(-1);
    if (newest) last.push(newest);
  }
  return last;
}

/** The oldest go until the rest fits. A base goes when nothing that stays needs it. */
function overSize(
  backups: readonly KnownBackup[],
  held: ReadonlySet<KnownBackup>,
  maxBytes: number | undefined,
): KnownBackup[] {
  const going: KnownBackup[] = [];
  if (maxBytes === undefined) return going;
  let rest = [...backups];
  const bytes = (): number => rest.reduce((sum, { size }) => sum + size, 0);
  while (bytes() > maxBytes) {
    const next = rest.find((one) => !held.has(one) && !rest.some((user) => needs(user, one)));
    if (!next) break;
    going.push(next);
    rest = rest.filter((one) => one !== next);
  }
  return going;
}
