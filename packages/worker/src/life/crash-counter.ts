import { afterCrash, cleanHistory, type CrashHistory } from '@pinky/supervisor/child';
import type { BoxConfig, Clock } from '@pinky/protocol';

/** Part of a pause by which it is drawn shorter, so that many games do not come back in step. */
const jitter = 0.2;

export interface CrashCounterOptions {
  readonly config: () => Pick<BoxConfig, 'crashLoop'>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
}

/** How often a game has crashed of late, and what follows from that. */
export class CrashCounter {
  #history: CrashHistory = cleanHistory;

  constructor(private readonly options: CrashCounterOptions) {}

  /** Another crash: how long to pause before the relaunch, and whether there is one. */
  count(): Omit<ReturnType<typeof afterCrash>, 'history'> {
    const { config, clock, random } = this.options;
    const rules = { ...config().crashLoop, jitter, atCrashLoop: 'giveUp' } as const;
    const { history, ...decision } = afterCrash(this.#history, clock.now(), rules, random());
    this.#history = history;
    return decision;
  }

  /** A new start has all its chances. */
  forget(): void {
    this.#history = cleanHistory;
  }
}
