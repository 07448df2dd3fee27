import { backoffMs } from './backoff.js';
import { noCrashes, scoreAt, withCrash, type CrashScore } from './crash-score.js';

export interface RestartOptions {
  /** Score at which it is a crash loop. Default 5. */
  readonly limit: number;
  /** Time in which the score falls to half, milliseconds. Default 60 000. */
  readonly halfLifeMs: number;
  /** Milliseconds. Default 100. */
  readonly firstBackoffMs: number;
  /** Milliseconds. Default 30 000. */
  readonly maxBackoffMs: number;
  /** 0 to 1. Default 0.2. */
  readonly jitter: number;
  /** What a crash loop means: no more restarts, or restarts at the longest pause. Default `giveUp`. */
  readonly atCrashLoop: 'giveUp' | 'keepTrying';
}

export const defaultRestart: RestartOptions = {
  limit: 5,
  halfLifeMs: 60_000,
  firstBackoffMs: 100,
  maxBackoffMs: 30_000,
  jitter: 0.2,
  atCrashLoop: 'giveUp',
};

/** What a policy remembers of one child between its crashes. */
export interface CrashHistory {
  readonly score: CrashScore;
}

export const cleanHistory: CrashHistory = { score: noCrashes };

export interface RestartDecision {
  readonly history: CrashHistory;
  readonly isCrashLoop: boolean;
  /** Milliseconds until the restart; undefined: none. */
  readonly pauseMs: number | undefined;
}

/**
 * What follows a crash at `now`: at once the first time, then after pauses that double with the score; a score over
 * the limit is a crash loop. `random` is in [0, 1).
 */
export function afterCrash(
  history: CrashHistory,
  now: number,
  options: RestartOptions,
  random: number,
): RestartDecision {
  const earlier = scoreAt(history.score, now, options.halfLifeMs);
  const score = withCrash(history.score, now, options.halfLifeMs);
  const isCrashLoop = score.score >= options.limit;
  const backoff = { firstMs: options.firstBackoffMs, maxMs: options.maxBackoffMs, jitter: options.jitter };
  // Half a crash left over still counts as none: the one before was more than a half-life ago.
  const pauseMs = isCrashLoop
    ? options.maxBackoffMs * (1 - options.jitter * random)
    : backoffMs(Math.round(earlier), backoff, random);
  return {
    history: { score },
    isCrashLoop,
    pauseMs: isCrashLoop && options.atCrashLoop === 'giveUp' ? undefined : pauseMs,
  };
}
