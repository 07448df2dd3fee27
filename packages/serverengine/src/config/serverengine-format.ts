import { inspect } from 'node:util';
import type { LogLevel } from '@pinky/protocol/base';
import type { LogFormat } from '@pinky/supervisor';

/** A record of Ruby's Logger. `any` is its severity "unknown", which is written at every level. */
export interface ClassicRecord {
  readonly severity: LogLevel | 'any';
  readonly timeMs: number;
  readonly pid: number;
  readonly programName?: string;
  readonly message: unknown;
}

const labels: Record<ClassicRecord['severity'], string> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
  any: 'ANY',
};

/**
 * `I, [2024-05-06T07:08:09.012345 #4242] INFO -- : worker started`: ServerEngine's own format, for teams whose log
 * readers expect it. Times are local and have no zone. An error shows its message and class, and each frame of its
 * stack on a line of its own.
 */
export function classicLine({ severity, timeMs, pid, programName = '', message }: ClassicRecord): string {
  const label = labels[severity];
  return `${label[0]}, [${localMicroseconds(timeMs)} #${pid}] ${label.padStart(5)} -- ${programName}: ` +
    `${messageText(message)}\n`;
}

/** `classicLine` for a logger. The message is the record's `message` if it has one, else its event and fields. */
export const classicFormat: LogFormat = ({ level, timeMs, pid, record }) => {
  const { event, message, ...fields } = record;
  const rest = Object.entries(fields)
    .map(([name, value]) => ` ${name}=${inspect(value, { breakLength: Infinity })}`)
    .join('');
  return classicLine({
    severity: level,
    timeMs,
    pid,
    message: message ?? `${event}${rest}`,
  });
};

function messageText(message: unknown): string {
  if (message === null || message === undefined) return 'nil';
  if (typeof message === 'string') return message;
  if (!(message instanceof Error)) return inspect(message, { breakLength: Infinity });
  const frames = (message.stack ?? '').split('\n').slice(message.message.split('\n').length);
  return [`${message.message} (${message.name})`, ...frames.map((frame) => frame.trim())].join('\n');
}

function localMicroseconds(timeMs: number): string {
  const microseconds = Math.round(timeMs * 1000);
  const wholeMs = Math.floor(microseconds / 1000);
  const local = new Date(wholeMs - new Date(wholeMs).getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 23)}${String(microseconds % 1000).padStart(3, '0')}`;
}
