import { dayOf, spelledOut, type PlainTime, type Weekday } from './plain-times.js';

/** The time of a crontab as people say it, or as it is written where the form has no words for it. */
export function plainTimeOf(when: string): PlainTime {
  const [minute = '', hour = '', date = '', month = '', day = '', more] = spelledOut(when).split(/\s+/);
  const isEveryDate = date === '*' && month === '*' && more === undefined;
  const plain = isEveryDate ? clockTime(minute, hour, day) ?? spanTime(minute, hour, day) : undefined;
  return plain ?? { kind: 'cron', when };
}

function clockTime(minute: string, hour: string, day: string): PlainTime | undefined {
  if (![minute, hour].every((field) => /^\d{1,2}$/.test(field))) return undefined;
  const at = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (day === '*') return { kind: 'daily', at };
  const days = day.split(',').map(dayOf);
  const known = days.filter((each): each is Weekday => each !== undefined);
  return known.length === days.length ? { kind: 'weekly', at, days: known } : undefined;
}

function spanTime(minute: string, hour: string, day: string): PlainTime | undefined {
  if (day !== '*') return undefined;
  const [minutes, hours] = [minute, hour].map((field) => /^\*\/(\d{1,2})$/.exec(field)?.[1]);
  if (minutes !== undefined && hour === '*') return { kind: 'minutes', every: Number(minutes) };
  if (minute !== '0') return undefined;
  if (hour === '*') return { kind: 'hours', every: 1 };
  return hours === undefined ? undefined : { kind: 'hours', every: Number(hours) };
}
