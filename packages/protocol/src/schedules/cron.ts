import { PinkyError } from '../errors.js';

/** The times of a schedule, as sets of what they may be. Days of the week count from Sunday, 0. */
export interface CronTimes {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Both the day of the month and that of the week are restricted: one of them is enough, as in every cron. */
  readonly isEitherDay: boolean;
  /** It goes by every hour, so an hour that comes twice counts twice. */
  readonly isHourly: boolean;
}

interface Field {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly names?: readonly string[];
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields = [
  { name: 'minute', first: 0, last: 59 },
  { name: 'hour', first: 0, last: 23 },
  { name: 'day of the month', first: 1, last: 31 },
  { name: 'month', first: 1, last: 12, names: monthNames },
  { name: 'day of the week', first: 0, last: 7, names: dayNames },
] as const satisfies readonly Field[];

const nicknames: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** The most days that a month ever has. */
const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Reads the five fields of cron, or a name such as `@daily`. Throws `bad_command`, naming the field. */
export function parseCron(text: string): CronTimes {
  const trimmed = text.trim().toLowerCase();
  const parts = (Object.hasOwn(nicknames, trimmed) ? nicknames[trimmed] ?? '' : trimmed).split(/\s+/);
  if (parts.length !== fields.length) throw notCron(text);
  const sets = fields.map((field, i) => fieldValues(field, parts[i] ?? '', text));
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = sets;
  const times: CronTimes = {
    minutes,
    hours,
    days: new Set(days),
    months: new Set(months),
    weekdays: new Set(weekdays.map((day) => day % 7)),
    isEitherDay: !isAny(parts[2]) && !isAny(parts[4]),
    isHourly: hours.length === 24,
  };
  const isThere = (day: number): boolean => months.some((month) => day <= (longest[month - 1] ?? 0));
  const isPossible = times.isEitherDay || days.some(isThere);
  if (!isPossible) throw new PinkyError('bad_command', `when: ${JSON.stringify(text)} names a day that never comes`);
  return times;
}

const isAny = (part: string | undefined): boolean => part?.startsWith('*') === true;

const notCron = (text: string): PinkyError =>
  new PinkyError(
    'bad_command',
    `when: ${JSON.stringify(text.slice(0, 80))} is not a time: write minute, hour, day of the month, month and day ` +
      'of the week, such as "0 4 * * *" for each day at four, or "*/30 * * * sat,sun"',
  );

/** The values of one field, ascending. */
function fieldValues(field: Field, part: string, text: string): number[] {
  const values = new Set<number>();
  for (const item of part.split(',')) for (const value of itemValues(field, item, text)) values.add(value);
  return [...values].sort((a, b) => a - b);
}

/** The values of `*`, `5`, `1-5`, `mon-fri`, and of each of them with a step such as `/2`. */
function itemValues(field: Field, item: string, text: string): number[] {
  const [, range = '', step] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(item) ?? [];
  const every = Number(step ?? 1);
  const [from, to] = range === '*' ? [field.first, field.last] : rangeOf(field, range, step !== undefined);
  const isGood = from >= field.first && to <= field.last && from <= to && every > 0;
  if (!isGood) {
    throw new PinkyError(
      'bad_command',
      `when: ${JSON.stringify(item.slice(0, 40))} in ${JSON.stringify(text.slice(0, 80))} is not a ${field.name}: it ` +
        `takes ${field.first} to ${field.last}, *, ranges such as ${field.first}-${field.last}, steps such as */5, ` +
        'and lists of them',
    );
  }
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, i) => from + i * every);
}

function rangeOf(field: Field, range: string, hasStep: boolean): readonly [from: number, to: number] {
  const [first = '', last] = range.split('-', 3);
  const from = numberOf(field, first);
  if (last === undefined) return [from, hasStep ? field.last : from];
  return range.split('-').length > 2 ? [Number.NaN, Number.NaN] : [from, numberOf(field, last)];
}

function numberOf({ names, first }: Field, word: string): number {
  const at = names?.indexOf(word) ?? -1;
  if (at >= 0) return at + first;
  return /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
}
