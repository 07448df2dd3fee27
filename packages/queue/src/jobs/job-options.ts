import type { Job, JobsOptions } from 'bullmq';
import { PinkyError } from '@pinky/protocol';

type Options = Readonly<Record<string, unknown>>;

/** Whether a value of an option is one with which BullMQ's scripts reckon. */
type IsRight = (value: unknown) => boolean;

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
const isWhole: IsRight = (value) => !isGiven(value) || Number.isSafeInteger(value);
/** Lua takes a number that is written as a text, too. */
const isNumber: IsRight = (value) =>
  !isGiven(value) ||
  typeof value === 'number' ||
  (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)));
const yearMs = 365 * 86_400_000;
const isDelay: IsRight = (value) =>
  (isNumber(value) && Number(value ?? 0) <= yearMs) || value === false || value === '';
/** Attempts that follow each other at once would keep the queue busy. */
const mostAtOnce = 1_000;

/** BullMQ only asks whether a text is empty. */
const isKept: IsRight = (value) => value !== null && (typeof value !== 'number' || isWhole(value));
/** How many finished jobs stay, and for how long. */
const keeping = {
  age: [isNumber, 'a number of seconds'],
  count: [isWhole, 'a whole number'],
  limit: [isWhole, 'a whole number'],
} as const;

/**
 * The options that BullMQ's scripts read when a job ends or is tried again (moveToFinished, moveToDelayed, addLog).
 * With another value a script dies half-way: the job is taken off its list, or ends without an event, and its producer
 * waits for ever.
 */
const rules: readonly (readonly [path: readonly string[], isRight: IsRight, needed: string])[] = [
  [['keepLogs'], isWhole, 'a whole number'],
  [['backoff', 'delay'], isDelay, 'a number of milliseconds, a year at most'],
  ...['removeOnComplete', 'removeOnFail'].flatMap((name) => [
    [[name], isKept, 'a whole number, true or false'] as const,
    ...Object.entries(keeping).map(([field, [isRight, needed]]) => [[name, field], isRight, needed] as const),
  ]),
];

const attempts = (isRight: IsRight, needed: string): (typeof rules)[number] => [['attempts'], isRight, needed];
const anyAttempts = attempts(isNumber, 'a number');
const attemptsAtOnce = attempts(
  (value) => isNumber(value) && Number(value ?? 0) <= mostAtOnce,
  `a number, ${mostAtOnce} at most where backoff names no pause between them`,
);

function hasPause(backoff: unknown): boolean {
  return Number(fieldOf(backoff, 'delay') ?? backoff) > 0; // of a number, too
}

/** The error for a job whose options would make its end impossible or endless; undefined for any other job. */
export function optionFault({ opts }: Pick<Job, 'opts'>): PinkyError | undefined {
  for (const [path, isRight, needed] of [...rules, hasPause(opts.backoff) ? anyAttempts : attemptsAtOnce]) {
    const value = path.reduce<unknown>((at, name) => fieldOf(at, name), opts);
    if (isRight(value)) continue;
    const shown = JSON.stringify(value)?.slice(0, 80) ?? String(value);
    return new PinkyError(
      'bad_command',
      `the option ${path.join('.')} of this job must be ${needed}, and is ${shown}: it was not run`,
      { remedy: 'correct the option, then send the command again' },
    );
  }
  return undefined;
}

/** A job as if its producer had said nothing about its end: no further attempt, and the rules of the queue. */
export function withPlainEnd(job: Job): Job {
  const { attempts: _attempts, backoff: _backoff, keepLogs: _logs, ...others } = job.opts;
  const { removeOnComplete: _complete, removeOnFail: _fail, ...rest } = others;
  job.opts = { ...rest, attempts: 1 } satisfies JobsOptions;
  return job;
}

const fieldOf = (at: unknown, name: string): unknown =>
  typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, name)
    ? (at as Options)[name] // it is an object that has the field
    : undefined;
