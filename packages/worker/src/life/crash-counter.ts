import { afterCrash, cleanHistory, type CrashHistory } from '@pinky/supervisor/child';
import type { BoxConfig, Clock } from '@pinky/protocol';

/** A pause may be this much shorter, at random, so that many games do not come back in step. */
const jitter = 0.2;

export interface CrashCounterOptions {
  readonly config: () => Pick<BoxConfig, 'crashLoop'>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Counts a game's crashes, and says what follows from them. */
export class CrashCounter {
  #history: CrashHistory = cleanHistory;

  constructor(private readonly options: CrashCounterOptions) {}

  /** Counts a crash. Answers how long to pause before the relaunch, and whether there is one. */
  count(): Omit<ReturnType<typeof afterCrash>, 'history'> {
    const { config, clock, random } = this.options;
    const rules = { ...config().crashLoop, jitter, atCrashLoop: 'giveUp' } as const;
    const { history, ...decision } = afterCrash(this.#history, clock.now(), rules, random());
    this.#history = history;
    return decision;
  }

  /** A new start gets all its chances. */
  forget(): void {
    this.#history = cleanHistory;
  }
}
