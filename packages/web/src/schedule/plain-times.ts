/** Days of the week as crontabs write them. The week begins on Monday. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

const dayNames: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};
export const dayName = (day: Weekday): string => dayNames[day];

/** A time as people say it. */
export type PlainTime =
  | { readonly kind: 'daily'; readonly at: string }
  | { readonly kind: 'weekly'; readonly at: string; readonly days: readonly Weekday[] }
  | { readonly kind: 'hours' | 'minutes'; readonly every: number }
  | { readonly kind: 'cron'; readonly when: string };

/** The five fields of cron for a time. */
export function cronOf(time: PlainTime): string {
  switch (time.kind) {
    case 'daily': return `${clockOf(time.at)} * * *`;
    case 'weekly': return `${clockOf(time.at)} * * ${weekdays.filter((day) => time.days.includes(day)).join(',')}`;
    case 'hours': return time.every === 1 ? '0 * * * *' : `0 */${time.every} * * *`;
    case 'minutes': return `*/${time.every} * * * *`;
    case 'cron': return time.when.trim();
  }
}

/** `04:30` → `30 4`. */
function clockOf(text: string): string {
  const [hour, minute] = text.split(':').map(Number);
  return `${minute ?? 0} ${hour ?? 0}`;
}

const names: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
};

/** A time with its five fields, where it was given by a name such as `@daily`. */
export const spelledOut = (when: string): string => (names[when] ?? when).trim();

/** `Every day at 04:00`. A time that is too special for words stays as it is written. */
export function cronWords(when: string): string {
  const [minute = '', hour = '', date = '', month = '', day = '', more] = spelledOut(when).split(/\s+/);
  if (more !== undefined || month !== '*') return when;
  const every = everyWords(minute, hour);
  if (every !== undefined) return date === '*' && day === '*' ? every : when;
  if (!isNumber(minute) || !isNumber(hour)) return when;
  const at = `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (isNumber(date) && day === '*') return `On day ${date} of each month ${at}`;
  const days = date === '*' ? daysWords(day) : undefined;
  return days === undefined ? when : `${days} ${at}`;
}

const isNumber = (field: string): boolean => /^\d{1,2}$/.test(field);

function everyWords(minute: string, hour: string): string | undefined {
  const [minutes, hours] = [minute, hour].map((field) => /^\*\/(\d{1,2})$/.exec(field)?.[1]);
  if (hour === '*' && minute === '*') return 'Every minute';
  if (hour === '*' && minutes !== undefined) return `Every ${minutes} minutes`;
  if (!isNumber(minute)) return undefined;
  const past = Number(minute) === 0 ? 'on the hour' : `${Number(minute)} minutes past`;
  if (hour === '*') return `Every hour, ${past}`;
  return hours === undefined ? undefined : `Every ${hours} hours, ${past}`;
}

function daysWords(field: string): string | undefined {
  if (field === '*') return 'Every day';
  const range = /^(\w+)-(\w+)$/.exec(field);
  const [from, to] = [dayOf(range?.[1] ?? ''), dayOf(range?.[2] ?? '')];
  if (from && to) return `${dayName(from)} to ${dayName(to)}`;
  const days = field.split(',').map(dayOf);
  const last = days.at(-1);
  if (!last || days.some((each) => each === undefined)) return undefined;
  const first = days.slice(0, -1).flatMap((each) => (each ? [dayName(each)] : []));
  return `Every ${first.length === 0 ? '' : `${first.join(', ')} and `}${dayName(last)}`;
}

/** By its name, or its number: 0 and 7 are Sunday. */
export const dayOf = (text: string): Weekday | undefined =>
  (isNumber(text) ? weekdays[(Number(text) + 6) % 7] : weekdays.find((day) => day === text.toLowerCase()));
