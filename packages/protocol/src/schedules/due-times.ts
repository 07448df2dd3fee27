import { parseCron, type CronTimes } from './cron.js';
import { Zone } from './zone.js';

const dayMs = 86_400_000;
const minuteMs = 60_000;
/** The 29th of February is away for eight years at most: 1896 to 1904, 2096 to 2104. */
const mostDays = 8 * 366 + 2;
/** So many days are kept in memory. */
const mostKept = 4;

/**
 * The instants of a schedule. A time that the clock leaves out in spring comes by as much later as the clock jumps. In
 * autumn a time that comes twice counts once; a schedule of every hour counts both hours.
 */
export class DueTimes {
  readonly #times: CronTimes;
  readonly #zone: Zone;
  /** The instants of the days that were asked for last: one question leads to the next on the same day. */
  readonly #days = new Map<number, number[]>();

  /** Throws `bad_command`. */
  constructor(when: string, tz: string) {
    this.#times = parseCron(when);
    this.#zone = new Zone(tz);
  }

  /** The first instant after this one, Unix milliseconds. */
  after(instant: number): number {
    const wall = instant + this.#zone.offsetAt(instant);
    const today = Math.floor(wall / dayMs) * dayMs;
    for (let i = -1; i < mostDays; i++) {
      const found = this.#onDay(today + i * dayMs, instant);
      if (found !== undefined) return found;
    }
    throw new Error('a schedule without a time was let through'); // `parseCron` refuses those
  }

  /** How many instants lie after `from` and not after `to`, counted up to `most`; the first of them, and the last. */
  between(from: number, to: number, most: number): { count: number; first?: number; last?: number } {
    let count = 0;
    let first: number | undefined;
    let last: number | undefined;
    for (let at = this.after(from); at <= to && count < most; at = this.after(at)) {
      first ??= at;
      last = at;
      count++;
    }
    return { count, ...(first !== undefined && { first }), ...(last !== undefined && { last }) };
  }

  #onDay(day: number, after: number): number | undefined {
    if (!this.#isDay(day)) return undefined;
    const instants = this.#days.get(day) ?? this.#instants(day);
    if (!this.#days.has(day) && this.#days.size >= mostKept) this.#days.clear();
    this.#days.set(day, instants);
    return instants.find((instant) => instant > after);
  }

  #isDay(day: number): boolean {
    const { months, days, weekdays, isEitherDay } = this.#times;
    const date = new Date(day);
    if (!months.has(date.getUTCMonth() + 1)) return false;
    const [isDate, isWeekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
    return isEitherDay ? isDate || isWeekday : isDate && isWeekday;
  }

  /** The instants of one day of the calendar, ascending. */
  #instants(day: number): number[] {
    const walls = this.#times.hours.flatMap((hour) =>
      this.#times.minutes.map((minute) => day + (hour * 60 + minute) * minuteMs));
    const [begins, ends] = [this.#zone.offsetAt(day - dayMs), this.#zone.offsetAt(day + 2 * dayMs)];
    if (begins === ends) return walls.map((wall) => wall - begins);
    return this.#aroundChange(walls);
  }

  #aroundChange(walls: readonly number[]): number[] {
    const instants = walls.flatMap((wall) => {
      const found = this.#zone.instantsOf(wall);
      return this.#times.isHourly ? this.#shown(wall, found) : [found[0]];
    });
    return [...new Set(instants)].sort((a, b) => a - b);
  }

  /** A schedule of every hour goes by the time that passes: an hour that is left out is not made up for. */
  #shown(wall: number, found: readonly number[]): number[] {
    return found.filter((instant) => instant + this.#zone.offsetAt(instant) === wall);
  }
}
