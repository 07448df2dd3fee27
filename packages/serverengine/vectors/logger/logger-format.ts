import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logLevels, type LogLevel } from '@pinky/protocol/base';
import { createPlainLogger, defaultLogLevel, levelNumber, parseLogLevel } from '@pinky/supervisor';
import { classicFormat, classicLine, type ClassicRecord } from '@pinky/serverengine';
import { compare, decided, type Outcome, type Replay, type ReplayContext, type VectorCase } from '../replay.js';

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
  readonly exception?: { readonly class: string; readonly message: string; readonly backtrace: readonly string[] };
}

interface TextObserved {
  readonly severity?: string;
  readonly text: string;
}

// The casts in this file hold by the file's README: the fields that `fits` asks for have these types.
const inputOf = (vector: VectorCase): FormatInput => (vector.input ?? {}) as FormatInput;
const textOf = (vector: VectorCase): string => (vector.observed as TextObserved).text;

const hasText = (vector: VectorCase): boolean => typeof (vector.observed as Partial<TextObserved>).text === 'string';

/** `2024-05-06T07:08:09.012345Z` in milliseconds; the recorder's zone was UTC, ours may be any. */
function localMs(timeUtc: string): number {
  const [, seconds = '', fraction = '0'] = /^(.*?)\.(\d+)Z?$/.exec(timeUtc) ?? [];
  return Date.parse(seconds) + Number(fraction.padEnd(6, '0')) / 1000; // without a Z: local time
}

/** The parts of a recorded line: where a case does not say what was logged, its line does. */
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

function everySeverity(vector: VectorCase): Outcome {
  const { time_utc: time = '', pid = 0, message } = inputOf(vector);
  const recorded = vector.observed as readonly Required<TextObserved>[];
  const ours = recorded.map(({ severity: name }) => {
    const word = name.split(' ')[0] ?? '';
    const severity = (word === 'unknown' ? 'any' : word) as Severity;
    return { severity: name, text: classicLine({ severity, timeMs: localMs(time), pid, message }) };
  });
  return compare(ours, recorded);
}

function oneMessage(vector: VectorCase): Outcome {
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

function programNames(vector: VectorCase): Outcome {
  const { time_utc: time = '', pid = 0, message } = inputOf(vector);
  const lines = textOf(vector).trimEnd().split('\n').map(parseLine);
  const ours = lines.map(({ severity, programName }) =>
    classicLine({ severity, programName, timeMs: localMs(time), pid, message }),
  );
  return compare(ours.join(''), textOf(vector));
}

/** A record's field may be a getter: it is read when the record is written, and not otherwise. */
async function lazyMessage(vector: VectorCase, { directory }: ReplayContext): Promise<Outcome> {
  const { level } = inputOf(vector);
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
  const records = inputOf(vector) as { records?: readonly LogLevel[] };
  for (const severity of records.records ?? []) {
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

async function rawAppend(vector: VectorCase, { directory }: ReplayContext): Promise<Outcome> {
  const { level, raw = [] } = inputOf(vector);
  const path = join(directory, 'log');
  const log = createPlainLogger({ path, level: String(level) });
  for (const text of raw) log.append(text);
  await log.close();
  return compare(readFileSync(path, 'utf8'), textOf(vector));
}

/** In a process of its own: a zone is read once. */
function timeZone(vector: VectorCase, { program }: ReplayContext): Outcome {
  const { unix_time: seconds = 0, tz = '', pid = 0 } = inputOf(vector);
  const { severity, message } = parseLine(textOf(vector).trimEnd());
  const record = JSON.stringify({ severity, message, pid, timeMs: seconds * 1000 });
  return compare(
    execFileSync(process.execPath, [program('prints-record'), record], {
      env: { ...process.env, TZ: tz },
      encoding: 'utf8',
    }),
    textOf(vector),
  );
}

interface LevelObserved {
  readonly accepted?: boolean;
  readonly level_number?: number;
  readonly written?: readonly string[];
  readonly dropped?: readonly string[];
  readonly is_enabled?: Readonly<Record<string, boolean>>;
}

function acceptedLevel(vector: VectorCase): Outcome {
  const { accepted, level_number: number } = vector.observed as LevelObserved;
  try {
    return compare({ accepted: true, number: levelNumber(parseLogLevel(inputOf(vector).level)) }, { accepted, number });
  } catch {
    return compare({ accepted: false, number: undefined }, { accepted, number });
  }
}

async function whatIsWritten(vector: VectorCase, { directory }: ReplayContext): Promise<Outcome> {
  const {
    level_number: number,
    written = [],
    dropped = [],
    is_enabled: enabled = {},
  } = vector.observed as LevelObserved;
  const path = join(directory, 'log');
  const log = createPlainLogger({ path, level: String(inputOf(vector).level), format: ({ level }) => `${level}\n` });
  for (const level of logLevels) log[level]({ event: 'vector' });
  log.append('any\n');
  await log.close();
  const ours = readFileSync(path, 'utf8').trim().split('\n');
  return compare(
    {
      number: levelNumber(log.level),
      written: ours,
      dropped: logLevels.filter((level) => !ours.includes(level)),
      // The cast holds: the keys are level names.
      enabled: Object.fromEntries(Object.keys(enabled).map((level) => [level, log.isEnabled(level as LogLevel)])),
    },
    { number, written, dropped, enabled },
  );
}

/** Decided: a trace level has a trace method. */
async function traceMethod(vector: VectorCase, { directory }: ReplayContext): Promise<Outcome> {
  const path = join(directory, 'log');
  const log = createPlainLogger({ path, level: 'trace' });
  const hasMethod = typeof log.trace === 'function';
  log.trace({ event: 'vector' });
  await log.close();
  const { default_level_number: number } = vector.observed as { default_level_number: number };
  return decided(
    {
      number: levelNumber(defaultLogLevel),
      hasMethod,
      isWritten: readFileSync(path, 'utf8').includes('[trace]: vector'),
    },
    { number, hasMethod: true, isWritten: true },
    'the trace level has a trace method',
  );
}

/** Decided: logging answers nothing, so that no caller can come to depend on it. */
async function returnValues(vector: VectorCase, { directory }: ReplayContext): Promise<Outcome> {
  const log = createPlainLogger({ path: join(directory, 'log'), level: String(inputOf(vector).level) });
  const answers: unknown[] = [log.debug({ event: 'vector' }), log.fatal({ event: 'vector' })];
  await log.close();
  return decided(
    answers,
    [undefined, undefined],
    'a log call returns nothing, whether its record is written or dropped',
  );
}

const observes =
  (...keys: readonly string[]) =>
  (vector: VectorCase): boolean =>
    typeof vector.observed === 'object' &&
    vector.observed !== null &&
    keys.every((key) => key in (vector.observed as object));
const inGroup =
  (group: string, also: (vector: VectorCase) => boolean) =>
  (vector: VectorCase): boolean =>
    vector.group === group && also(vector);
const given =
  (key: keyof FormatInput | 'records') =>
  (vector: VectorCase): boolean =>
    hasText(vector) && key in (vector.input ?? {});

/** Format and levels; the first that fits. */
export const formatReplays: readonly Replay[] = [
  { fits: inGroup('format', ({ observed }) => Array.isArray(observed)), run: everySeverity },
  { fits: inGroup('format', given('raw')), run: rawAppend },
  { fits: inGroup('format', given('records')), run: lazyMessage },
  { fits: inGroup('format', given('tz')), run: timeZone },
  { fits: inGroup('format', given('progname')), run: programNames },
  { fits: inGroup('format', hasText), run: oneMessage },
  { fits: inGroup('levels', observes('accepted')), run: acceptedLevel },
  { fits: inGroup('levels', observes('written', 'dropped')), run: whatIsWritten },
  { fits: inGroup('levels', observes('has_trace_method')), run: traceMethod },
  { fits: inGroup('levels', observes('dropped_returns')), run: returnValues },
];

