/**
 * How crash-prone something is: each crash adds one, and time takes away half of the score every `halfLifeMs`. A
 * program that crashes now and then is never a crash loop; one that crashes quickly is, however it is spread.
 */
export interface CrashScore {
  readonly score: number;
  /** When `score` was true, milliseconds of a monotonic clock. */
  readonly at: number;
}

export const noCrashes: CrashScore = { score: 0, at: 0 };

/** The score as it stands at `now`. */
export const scoreAt = ({ score, at }: CrashScore, now: number, halfLifeMs: number): number =>
  score * 0.5 ** (Math.max(0, now - at) / halfLifeMs);

export const withCrash = (before: CrashScore, now: number, halfLifeMs: number): CrashScore =>
  ({ score: scoreAt(before, now, halfLifeMs) + 1, at: now });
