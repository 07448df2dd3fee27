import type { Checkpoint } from '../record/checkpoint.js';
import { isSame, type Position } from '../record/position.js';

/** A run whose events are being sent. */
export interface SentRun {
  readonly id: string;
  /** How far the run has been read. */
  live: Position;
  /** Everything before this place has reached Redis, or holds no event. It also holds what was true there. */
  acked: Checkpoint;
  /** The run's cursor, as Redis last told it. */
  cursor: Position;
  isComplete: boolean;
}

/** How many console bytes hold events that have not reached Redis. */
export const unpublishedBytes = (runs: readonly SentRun[]): number =>
  runs.reduce((sum, { acked, live }) => sum + live.console - acked.console, 0);

/** The runs of a server whose events are being sent, oldest first. */
export class SentRuns {
  readonly #runs: SentRun[] = [];

  get all(): readonly SentRun[] {
    return this.#runs;
  }

  /** The run whose events are next. */
  get first(): SentRun | undefined {
    return this.#runs[0];
  }

  /** Nothing is left to send, and no complete run waits to be removed. */
  get areIdle(): boolean {
    return this.#runs.every(({ isComplete, acked, live }) => !isComplete && isSame(acked, live));
  }

  /** Takes in a run that is newer than all others. */
  add(run: Omit<SentRun, 'cursor'>): void {
    this.#runs.push({ ...run, cursor: run.acked.cursor ?? { console: 0, journal: 0 } });
  }

  find(id: string): SentRun | undefined {
    return this.#runs.find((run) => run.id === id);
  }

  remove(run: SentRun): void {
    this.#runs.splice(this.#runs.indexOf(run), 1);
  }
}
