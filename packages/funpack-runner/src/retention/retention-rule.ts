import type { BoxConfig } from '@pinky/protocol';

/** `retention` of the box's configuration. Milliseconds and bytes. */
export type RetentionRule = NonNullable<BoxConfig['retention']>;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** From an age on, one backup of each span of time stays. */
export interface RetentionStep {
  readonly everyMs: number;
  readonly forMs: number;
}

/** One an hour, a day, a week, a month. */
export const stepsOf = ({ hourlyMs, dailyMs, weeklyMs, monthlyMs }: RetentionRule): readonly RetentionStep[] => [
  { everyMs: hourMs, forMs: hourlyMs },
  { everyMs: dayMs, forMs: dailyMs },
  { everyMs: 7 * dayMs, forMs: weeklyMs },
  { everyMs: 30 * dayMs, forMs: monthlyMs },
];

/** How long a backup stays that was found damaged: somebody may want to look at it. Milliseconds. */
export const damagedForMs = 7 * dayMs;
/** So long after the first run of a version with this rule, it removes nothing. Milliseconds. */
export const graceMs = dayMs;
