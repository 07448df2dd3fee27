import { readFileSync } from 'node:fs';
import { recall, remember, type RetentionMemory } from './memory.js';

const hourMs = 3_600_000;
/** Retention looks at least every hour, so a longer silence is a box that was off, or a clock that jumped. */
const longestSilenceMs = 7 * 24 * hourMs;
/** A clock is believed again when it has run evenly for so long. */
const evenForMs = hourMs;
/** It may gain or lose so much meanwhile. */
const unevenMs = 60_000;

/** A time that no clock setting changes. */
export interface SinceBoot {
  readonly boot: string;
  readonly ms: number;
}

/**
 * The time by which backups and parked worlds are old enough to go, Unix milliseconds. It is that of the clock, unless
 * that has just jumped ahead by more than a week: a clock without a battery may say any year, and everything would be
 * too old within one look. Then the time stands still, where it last was, until the clock has run evenly for an hour.
 */
export function trustedTime(backupsDir: string, now: number, since = sinceBoot()): number {
  const { doubt, ...memory } = recall(backupsDir);
  const { seenAt = now } = memory;
  if (now - seenAt <= longestSilenceMs || (doubt && isEven(doubt, now, since))) {
    const isNews = memory.seenAt === undefined || doubt !== undefined || Math.abs(now - seenAt) >= hourMs / 2;
    if (isNews) note(backupsDir, { ...memory, seenAt: now });
    return now;
  }
  const isDoubted = doubt?.boot === since.boot && Math.abs(gained(doubt, now, since)) <= unevenMs;
  if (!isDoubted) note(backupsDir, { ...memory, doubt: { at: now, ...since } });
  return seenAt;
}

type Doubt = NonNullable<RetentionMemory['doubt']>;

/** How much further the clock went than the time since the boot. */
const gained = (doubt: Doubt, now: number, { ms }: SinceBoot): number => now - doubt.at - (ms - doubt.ms);

const isEven = (doubt: Doubt, now: number, since: SinceBoot): boolean =>
  doubt.boot === since.boot && since.ms - doubt.ms >= evenForMs && Math.abs(gained(doubt, now, since)) <= unevenMs;

function note(backupsDir: string, memory: RetentionMemory): void {
  try {
    remember(backupsDir, memory);
  } catch {
    // a full disk, which this may be about to help: the worst is that a clock is doubted for longer
  }
}

const sinceBoot = (): SinceBoot => ({
  boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  ms: Number(process.hrtime.bigint() / 1_000_000n),
});
