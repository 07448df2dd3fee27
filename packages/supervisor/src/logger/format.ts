import type { LogLevel, LogRecord } from '@pinky/protocol/base';

/** One record, and the fields that every line shows with it. */
export interface LogEntry {
  readonly level: LogLevel;
  /** Milliseconds since 1970, with a fraction if the clock has one. */
  readonly timeMs: number;
  readonly pid: number;
  readonly record: LogRecord;
}

/** Turns an entry into its text in the log, which ends in a line break. */
export type LogFormat = (entry: LogEntry) => string;

/** `2026-11-21 07:30:00.123 +0000 [info]: event field=value other="two words"`: always one line, in local time. */
const lineFormat: LogFormat = ({ level, timeMs, record }) => {
  const { event, ...fields } = record;
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${show(value)}`);
  return `${localTime(timeMs)} [${level}]: ${word(event)}${shown.join('')}\n`;
};

/** One JSON object per line: `time` (UTC), `level`, `pid`, `event` and the record's fields. */
const jsonFormat: LogFormat = ({ level, timeMs, pid, record }) =>
  `${toJson({ time: new Date(timeMs).toISOString(), level, pid, ...record })}\n`;

/** Formats by their names in a configuration. */
export const logFormats = { line: lineFormat, json: jsonFormat } as const;

/** `2026-11-21 07:30:00.123 +0000` in the process's time zone. */
export function localTime(timeMs: number): string {
  const date = new Date(timeMs);
  const minutes = -date.getTimezoneOffset();
  const local = new Date(Math.floor(timeMs) + minutes * 60_000).toISOString();
  const zone = Math.abs(minutes);
  const sign = minutes < 0 ? '-' : '+';
  return `${local.slice(0, 10)} ${local.slice(11, 23)} ${sign}${two(Math.floor(zone / 60))}${two(zone % 60)}`;
}

const two = (number: number): string => String(number).padStart(2, '0');

const plain = /^[^\s"'=\p{Cc}\u2028\u2029]+$/u;
const word = (text: string): string => (plain.test(text) ? text : JSON.stringify(text));

function show(value: unknown): string {
  if (typeof value === 'string') return word(value);
  if (value instanceof Error) return JSON.stringify(value.stack ?? String(value));
  return typeof value === 'object' && value !== null ? toJson(value) : String(value);
}

/** JSON of any value: errors with stack and cause, big integers as text, a value inside itself as `[circular]`. */
function toJson(value: unknown): string {
  const above: unknown[] = [];
  const replace = function (this: unknown, _key: string, inner: unknown): unknown {
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    const shown = inner instanceof Error ? errorFields(inner) : inner;
    if (typeof shown === 'bigint') return String(shown);
    if (typeof shown !== 'object' || shown === null) return shown;
    if (above.includes(shown)) return '[circular]';
    above.push(shown);
    return shown;
  };
  try {
    return JSON.stringify(value, replace);
  } catch (error) {
    return JSON.stringify({ event: 'log.unprintable', error: String(error) }); // a getter or toJSON of the value threw
  }
}

/** An error's own fields, such as its code, and the fields that JSON leaves out. */
const errorFields = (error: Error): object =>
  Object.assign({ name: error.name, message: error.message }, error, { stack: error.stack, cause: error.cause });
