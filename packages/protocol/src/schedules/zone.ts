import { PinkyError } from '../errors.js';

/** The time zone of this machine, by its IANA name. */
export const localZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Throws `bad_command` for a name that the time zone database does not have. */
export function assertZone(tz: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: tz });
  } catch (cause) {
    throw new PinkyError(
      'bad_command',
      `tz: ${JSON.stringify(tz.slice(0, 80))} is not a time zone; write a name such as Europe/Berlin or UTC`,
      { cause },
    );
  }
}

const dayMs = 86_400_000;

/** The clock on the wall in a time zone. A wall time is written as if it were a time in UTC, in milliseconds. */
export class Zone {
  readonly #format: Intl.DateTimeFormat;

  constructor(readonly name: string) {
    this.#format = new Intl.DateTimeFormat('en', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** How far the clock on the wall is ahead of UTC at an instant, milliseconds. */
  offsetAt(instant: number): number {
    const whole = Math.floor(instant / 1_000) * 1_000;
    const parts = new Map(this.#format.formatToParts(whole).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const wall = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return wall - whole;
  }

  /**
   * The instants at which the clock shows a wall time: one, two where an hour comes twice, or the one that an unchanged
   * clock would have shown where the clock leaves it out.
   */
  instantsOf(wall: number): readonly [number] | readonly [number, number] {
    const before = this.offsetAt(wall - dayMs);
    const after = this.offsetAt(wall + dayMs);
    if (before === after) return [wall - before];
    const [early, late] = [wall - before, wall - after].sort((a, b) => a - b) as [number, number]; // two of them
    const [isEarly, isLate] = [early, late].map((instant) => instant + this.offsetAt(instant) === wall);
    if (isEarly && isLate) return [early, late];
    if (isEarly || isLate) return [isEarly ? early : late];
    return [wall - before];
  }
}
