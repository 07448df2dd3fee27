import { DueTimes, type Schedule } from '@pinky/protocol';

interface Known {
  readonly key: string;
  readonly times: DueTimes;
  /** The last question and its answer. */
  from: number;
  next: number;
}

/** The times of every schedule, reckoned once for each question: the clock asks far more often than a time comes. */
export class KnownTimes {
  readonly #known = new Map<string, Known>();

  times(schedule: Pick<Schedule, 'id' | 'when' | 'tz'>): DueTimes {
    return this.#of(schedule).times;
  }

  /** The first time after `from`, Unix milliseconds. */
  next(schedule: Pick<Schedule, 'id' | 'when' | 'tz'>, from: number): number {
    const known = this.#of(schedule);
    if (from < known.from || from >= known.next) {
      known.next = known.times.after(from);
      known.from = from;
    }
    return known.next;
  }

  /** Forgets the schedules that are gone. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
  }

  #of({ id, when, tz }: Pick<Schedule, 'id' | 'when' | 'tz'>): Known {
    const key = `${when} ${tz}`;
    const known = this.#known.get(id);
    if (known?.key === key) return known;
    const fresh = { key, times: new DueTimes(when, tz), from: Infinity, next: -Infinity };
    this.#known.set(id, fresh);
    return fresh;
  }
}
