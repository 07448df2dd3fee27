import { backoffMs } from './backoff.js';
import { noCrashes, scoreAt, withCrash, type CrashScore } from './crash-score.js';

export interface RestartOptions {
  /** A score of this much is a crash loop. Default 5. */
  readonly limit: number;
  /** Time in which the score falls to half. Milliseconds. Default 60 000. */
  readonly halfLifeMs: number;
  /** The first pause that is not zero. Milliseconds. Default 100. */
  readonly firstBackoffMs: number;
  /** The longest pause. Milliseconds. Default 30 000. */
  readonly maxBackoffMs: number;
  /** The part of each pause that chance may take away, 0 to 1. Default 0.2. */
  readonly jitter: number;
  /** Whether a crash loop ends the restarts or makes each pause the longest. Default `giveUp`. */
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

/** The policy's memory of one child between its crashes. */
export interface CrashHistory {
  readonly score: CrashScore;
}

export const cleanHistory: CrashHistory = { score: noCrashes };

export interface RestartDecision {
  readonly history: CrashHistory;
  readonly isCrashLoop: boolean;
  /** Milliseconds until the restart. Undefined: there is none. */
  readonly pauseMs: number | undefined;
}

/**
 * Decides what follows a crash at `now`. The first restart comes at once, the next ones after pauses that double with
 * the score. A score at the limit is a crash loop. `random` is in [0, 1).
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
  // A score of less than a half counts as none: the crash before was more than a half-life ago.
  const pauseMs = isCrashLoop
    ? options.maxBackoffMs * (1 - options.jitter * random)
    : backoffMs(Math.round(earlier), backoff, random);
  return {
    history: { score },
    isCrashLoop,
    pauseMs: isCrashLoop && options.atCrashLoop === 'giveUp' ? undefined : pauseMs,
  };
}
