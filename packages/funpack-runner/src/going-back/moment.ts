import { PinkyError } from '@pinky/protocol';

const secondMs = 1_000;
const unitsMs: Readonly<Record<string, number>> = {
  s: secondMs,
  min: 60 * secondMs,
  h: 3_600 * secondMs,
  d: 86_400 * secondMs,
  w: 7 * 86_400 * secondMs,
};
const ago = /^(\d{1,6}) ?(s|min|h|d|w|seconds?|minutes?|hours?|days?|weeks?) ago$/;
const clock = /^(?:(today|yesterday) )?(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const iso = /^(\d{4})-(\d{2})-(\d{2})[t ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)? ?(z|[+-]\d{2}:?\d{2})?$/;

const examples = '`18:00`, `yesterday 18:00`, `2 hours ago`, `2026-11-28 18:00` or `2026-11-28T18:00:00+01:00`';

/**
 * The time that a text means, Unix milliseconds, in this process's time zone. Throws `bad_command`, with examples, for
 * everything that could mean two times, does not exist or has not been yet.
 */
export function momentOf(text: string, now: number): number {
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const moment = agoOf(words, now) ?? clockOf(words, text, now) ?? isoOf(words, text);
  if (moment === undefined) throw refused(text, `is none of the forms that are read: ${examples}`);
  if (moment > now) throw refused(text, `has not been yet${hintFor(words)}`);
  return moment;
}

function agoOf(words: string, now: number): number | undefined {
  const [, count, unit = ''] = ago.exec(words) ?? [];
  if (count === undefined) return undefined;
  const short = unit.startsWith('min') ? 'min' : unit.charAt(0);
  return now - Number(count) * (unitsMs[short] ?? Number.NaN);
}

function clockOf(words: string, text: string, now: number): number | undefined {
  const [, day, hour, minute, second = '0'] = clock.exec(words) ?? [];
  if (hour === undefined || minute === undefined) return undefined;
  const date = new Date(now);
  const back = day === 'yesterday' ? 1 : 0;
  const fields = [date.getFullYear(), date.getMonth(), date.getDate() - back, hour, minute, second];
  return localTime(text, fields.map(Number));
}

function isoOf(words: string, text: string): number | undefined {
  const [, year, month, day, hour, minute, second = '0', zone] = iso.exec(words) ?? [];
  if (year === undefined) return undefined;
  const fields = [year, Number(month) - 1, day, hour, minute, second].map(Number);
  if (zone === undefined) return localTime(text, fields);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = fields;
  const utc = new Date(Date.UTC(y, mo, d, h, mi, s));
  const isReal = utc.getUTCMonth() === mo && utc.getUTCDate() === d && utc.getUTCHours() === h && mi < 60 && s < 60;
  if (!isReal) throw refused(text, 'is no time');
  return utc.getTime() - offsetMs(zone);
}

function offsetMs(zone: string): number {
  if (zone === 'z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** A time of the local clock. There are none when it is put forward, and two when it is put back. */
function localTime(text: string, [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: number[]): number {
  if (hour > 23 || minute > 59 || second > 59) throw refused(text, 'is no time');
  const shown = (date: Date): string =>
    [date.getFullYear(), date.getMonth(), date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()].join();
  const local = new Date(year, month, day, hour, minute, second);
  const wanted = new Date(Date.UTC(year, month, day, hour, minute, second));
  const asUtc = [wanted.getUTCFullYear(), wanted.getUTCMonth(), wanted.getUTCDate(), wanted.getUTCHours(),
    wanted.getUTCMinutes(), wanted.getUTCSeconds()].join();
  const isRolled = day > 0 && (wanted.getUTCDate() !== day || wanted.getUTCMonth() !== month);
  if (isRolled) throw refused(text, 'is no day of the calendar');
  if (shown(local) !== asUtc) throw refused(text, 'does not exist: the clock was put forward over it');
  const others = [-120, -60, -30, 30, 60, 120].map((minutes) => new Date(local.getTime() + minutes * 60_000));
  if (others.some((other) => shown(other) === asUtc)) {
    const example = '`2026-10-25T02:30:00+01:00`';
    throw refused(text, `came twice, because the clock was put back; give its offset, as in ${example}`);
  }
  return local.getTime();
}

const hintFor = (words: string): string =>
  /^\d{1,2}:\d{2}/.test(words)
    ? `; did you mean \`yesterday ${words}\`?`
    : `: give a time in the past, such as ${examples}`;

const refused = (text: string, why: string): PinkyError =>
  new PinkyError('bad_command', `the time ${JSON.stringify(text.slice(0, 80))} ${why}`);

/** A time as the box's clock shows it, with its offset: `2026-11-29T18:00:03+01:00`. */
export function localText(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}${zone}`;
}
