/**
 * How crash-prone something is. Each crash adds one, and each `halfLifeMs` halves the score. A program that crashes now
 * and then never comes to a crash loop. One that crashes often does, even if the crashes are spread unevenly.
 */
export interface CrashScore {
  readonly score: number;
  /** The time of `score`. Milliseconds of a monotonic clock. */
  readonly at: number;
}

export const noCrashes: CrashScore = { score: 0, at: 0 };

/** The score at `now`. */
export const scoreAt = ({ score, at }: CrashScore, now: number, halfLifeMs: number): number =>
  score * 0.5 ** (Math.max(0, now - at) / halfLifeMs);

export const withCrash = (before: CrashScore, now: number, halfLifeMs: number): CrashScore =>
  ({ score: scoreAt(before, now, halfLifeMs) + 1, at: now });
