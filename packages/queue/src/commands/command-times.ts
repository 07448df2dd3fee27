import { boxCommandNames, commandNames, type Clock } from '@pinky/protocol';

/** The door through which a command came: a job of BullMQ, an item of the list, or the socket of the queue. */
export type CommandWay = 'job' | 'list' | 'socket';

/** Durations by the buckets of a histogram. */
export interface Tally {
  /** Upper bounds of the buckets, seconds. */
  readonly bounds: readonly number[];
  readonly series: readonly TallySeries[];
}

export interface TallySeries {
  readonly labels: Readonly<Record<string, string>>;
  /** How many durations are in each bucket alone; the last one has those above all bounds. */
  readonly counts: readonly number[];
  /** All durations together, seconds. */
  readonly sum: number;
}

export interface CommandTimesFigures {
  /** From the moment in which a command was taken until its answer was there, by `command` and `way`. */
  readonly answered: Tally;
  /** From the moment in which a job was added, or was due, until it was taken. */
  readonly waited: Tally;
}

/** A line to a game takes milliseconds, and a start minutes. Seconds. */
const bounds = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300];

const known: ReadonlySet<unknown> = new Set<unknown>([...commandNames, ...boxCommandNames]);

/** How long commands took since this process began. A name that is no command's is counted as `other`. */
export class CommandTimes {
  readonly #answered = new Durations();
  readonly #waited = new Durations();

  constructor(private readonly clock: Pick<Clock, 'now' | 'wallNow'>) {}

  /** Counts a command whose answer is there. `takenAt` is of the clock's `now`. */
  answered(way: CommandWay, name: unknown, takenAt: number): void {
    const command = known.has(name) ? String(name) : 'other';
    this.#answered.add({ command, way }, this.clock.now() - takenAt);
  }

  /** Counts a job that is taken. `dueAt` is in Unix milliseconds of its producer, whose clock may be ahead of ours. */
  taken(dueAt: number): void {
    this.#waited.add({}, Math.max(0, this.clock.wallNow() - dueAt));
  }

  get figures(): CommandTimesFigures {
    return { answered: this.#answered.tally, waited: this.#waited.tally };
  }
}

class Durations {
  readonly #series = new Map<string, { labels: TallySeries['labels']; counts: number[]; sum: number }>();

  add(labels: TallySeries['labels'], ms: number): void {
    const key = Object.values(labels).join('\n');
    const series = this.#series.get(key) ?? { labels, counts: Array<number>(bounds.length + 1).fill(0), sum: 0 };
    const seconds = ms / 1_000;
    const bucket = bounds.findIndex((bound) => seconds <= bound);
    const at = bucket < 0 ? bounds.length : bucket;
    series.counts[at] = (series.counts[at] ?? 0) + 1;
    series.sum += seconds;
    this.#series.set(key, series);
  }

  get tally(): Tally {
    return { bounds, series: [...this.#series.values()] };
  }
}
