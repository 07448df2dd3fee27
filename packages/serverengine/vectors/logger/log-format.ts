import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLevel } from '@pinky/protocol/base';
import { classicFormat, classicLine, type ClassicRecord } from '@pinky/serverengine';
import { createPlainLogger } from '@pinky/supervisor';
import { compare, type Replay, type ReplayContext, type ReplayResult, type VectorCase } from '../replay.js';

type Severity = ClassicRecord['severity'];

interface FormatInput {
  readonly time_utc?: string;
  readonly unix_time?: number;
  readonly tz?: string;
  readonly pid?: number;
  readonly severity?: LogLevel;
  readonly message?: unknown;
  readonly progname?: string;
  readonly level?: unknown;
  readonly raw?: readonly string[];
  readonly records?: readonly LogLevel[];
  readonly exception?: { readonly class: string; readonly message: string; readonly backtrace: readonly string[] };
}

interface TextObserved {
  readonly severity?: string;
  readonly text: string;
}

// The casts in this file hold by the README of the records: the fields that `fits` asks for have these types.
const inputOf = (vector: VectorCase): FormatInput => (vector.input ?? {}) as FormatInput;
const textOf = (vector: VectorCase): string => (vector.observed as TextObserved).text;

/** `2024-05-06T07:08:09.012345Z` in milliseconds. The recorder's time zone was UTC. Ours may be any. */
function localMs(timeUtc: string): number {
  const [, seconds = '', fraction = '0'] = /^(.*?)\.(\d+)Z?$/.exec(timeUtc) ?? [];
  return Date.parse(seconds) + Number(fraction.padEnd(6, '0')) / 1000; // without a Z: local time
}

/** The parts of a recorded line, for cases that do not tell what was logged. */
function parseLine(line: string): {
  severity: Severity;
  timeMs: number;
  pid: number;
  programName: string;
  message: string;
} {
  const [, time = '', pid = '', label = '', programName = '', message = ''] =
    /^\w, \[(\S+) #(\d+)\] +(\w+) -- (.*?): (.*)$/s.exec(line) ?? [];
  // The cast holds: labels are the severities in capitals, and ANY.
  return {
    severity: label.toLowerCase() as Severity,
    timeMs: localMs(time),
    pid: Number(pid),
    programName,
    message,
  };
}

function everySeverity(vector: VectorCase): ReplayResult {
  const { time_utc: time = '', pid = 0, message } = inputOf(vector);
  const recorded = vector.observed as readonly Required<TextObserved>[];
  const ours = recorded.map(({ severity: name }) => {
    const word = name.split(' ')[0] ?? '';
    const severity = (word === 'unknown' ? 'any' : word) as Severity;
    const text = classicLine({
      severity,
      timeMs: localMs(time),
      pid,
      message,
    });
    return { severity: name, text };
  });
  return compare(ours, recorded);
}

function oneMessage(vector: VectorCase): ReplayResult {
  const { time_utc: time = '', pid = 0, severity = 'info', message, exception } = inputOf(vector);
  return compare(
    classicLine({
      severity,
      timeMs: localMs(time),
      pid,
      message: exception ? asError(exception) : message,
    }),
    textOf(vector),
  );
}

function asError({ class: name, message, backtrace }: NonNullable<FormatInput['exception']>): Error {
  const error = new Error(message);
  error.name = name;
  error.stack = [`${name}: ${message}`, ...backtrace].join('\n');
  return error;
}

function programNames(vector: VectorCase): ReplayResult {
  const { time_utc: time = '', pid = 0, message } = inputOf(vector);
  const lines = textOf(vector).trimEnd().split('\n').map(parseLine);
  const ours = lines.map(({ severity, programName }) =>
    classicLine({ severity, programName, timeMs: localMs(time), pid, message }),
  );
  return compare(ours.join(''), textOf(vector));
}

/** A record's field may be a getter. It is read only when the record is written. */
async function lazyMessage(vector: VectorCase, { directory }: ReplayContext): Promise<ReplayResult> {
  const { level, records = [] } = inputOf(vector);
  const { text, times_built: timesBuilt } = vector.observed as TextObserved & { times_built: number };
  const { timeMs, pid, message } = parseLine(text.trimEnd());
  let built = 0;
  const path = join(directory, 'log');
  const log = createPlainLogger({
    path,
    level: String(level),
    now: () => timeMs,
    format: (entry) => classicFormat({ ...entry, pid }),
  });
  for (const severity of records) {
    log[severity]({
      event: 'vector',
      get message() {
        built += 1;
        return message;
      },
    });
  }
  await log.close();
  return compare({ text: readFileSync(path, 'utf8'), timesBuilt: built }, { text, timesBuilt });
}

async function rawAppend(vector: VectorCase, { directory }: ReplayContext): Promise<ReplayResult> {
  const { level, raw = [] } = inputOf(vector);
  const path = join(directory, 'log');
  const log = createPlainLogger({ path, level: String(level) });
  for (const text of raw) log.append(text);
  await log.close();
  return compare(readFileSync(path, 'utf8'), textOf(vector));
}

/** Runs in a process of its own, because a process reads its time zone once. */
function timeZone(vector: VectorCase, { program }: ReplayContext): ReplayResult {
  const { unix_time: seconds = 0, tz = '', pid = 0 } = inputOf(vector);
  const { severity, message } = parseLine(textOf(vector).trimEnd());
  const record = JSON.stringify({
    severity,
    message,
    pid,
    timeMs: seconds * 1000,
  });
  return compare(
    execFileSync(process.execPath, [program('prints-record'), record], {
      env: { ...process.env, TZ: tz },
      encoding: 'utf8',
    }),
    textOf(vector),
  );
}

const hasText = (vector: VectorCase): boolean => typeof (vector.observed as Partial<TextObserved>).text === 'string';
const ofFormat =
  (also: (vector: VectorCase) => boolean) =>
  (vector: VectorCase): boolean =>
    vector.group === 'format' && also(vector);
const given =
  (key: keyof FormatInput) =>
  (vector: VectorCase): boolean =>
    hasText(vector) && key in (vector.input ?? {});

/** Format. The first one that fits gets the case. */
export const formatReplays: readonly Replay[] = [
  { fits: ofFormat(({ observed }) => Array.isArray(observed)), run: everySeverity },
  { fits: ofFormat(given('raw')), run: rawAppend },
  { fits: ofFormat(given('records')), run: lazyMessage },
  { fits: ofFormat(given('tz')), run: timeZone },
  { fits: ofFormat(given('progname')), run: programNames },
  { fits: ofFormat(hasText), run: oneMessage },
];
