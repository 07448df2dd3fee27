import { writeSync } from 'node:fs';
import { remedies, toErrorAnswer, type ErrorAnswer, type PinkyError } from './errors.js';
import { parseObject } from './box/read-json.js';

/** Why a program has ended by itself. */
export type LastWords = Pick<ErrorAnswer, 'message'> & Partial<Pick<ErrorAnswer, 'code' | 'remedy'>>;

const event = 'program.failed';
const stderr = 2;

/**
 * Says on stderr why this program ends: one record of a log, which the parent reads. It is written at once, because
 * the program ends then. Where stderr is closed, nothing can be said.
 */
export function sayLastWords(failure: unknown): void {
  const { code, message, remedy } = isOurs(failure) ? failure : toErrorAnswer(failure);
  const stack = code === 'internal' && failure instanceof Error ? { stack: failure.stack } : {};
  const head = { ts: new Date().toISOString(), level: 'fatal', pid: process.pid, event };
  try {
    writeSync(stderr, `${JSON.stringify({ ...head, code, because: message, remedy, ...stack })}\n`);
  } catch {
    // the disk is full, or nobody reads: the exit code has to do
  }
}

/** Whether it is a PinkyError, of whichever bundle: each has a class of its own. */
const isOurs = (failure: unknown): failure is PinkyError =>
  failure instanceof Error && failure.name === 'PinkyError' && 'code' in failure && 'remedy' in failure;

/** An error as Node or V8 prints it when nobody caught it. */
const uncaught = /^(?:Uncaught )?[A-Za-z]*Error\b.*|^FATAL ERROR: .*/;
/** The lines that Node prints around such an error. */
const around = /^\s|^$|^Node\.js v|^\S+:\d+$|^[{}[\]]|^-----|^ *\d+: 0x/;
/** Node aborts where its threads cannot be started: EAGAIN of pthread_create(3). */
const lacksThreads = /uv_thread_create|Worker::StartThread.*EAGAIN/;

/** The last words in the output of a program that has ended. Undefined where it said nothing. */
export function findLastWords(output: string): LastWords | undefined {
  const lines = output.split('\n');
  const records = lines.map((line) => parseObject(line));
  const said = records.findLast((record) => record?.['event'] === event);
  if (said) return wordsOf(said);
  const printed = lines.filter((line, at) => records[at] === undefined && !around.test(line));
  if (printed.some((line) => lacksThreads.test(line))) {
    const message = 'the machine allows no further thread (EAGAIN)';
    return { code: 'no_processes', message, remedy: remedies.no_processes };
  }
  const message = printed.findLast((line) => uncaught.test(line)) ?? printed.at(-1);
  return message === undefined ? undefined : { message };
}

function wordsOf({ code, because, remedy }: Readonly<Record<string, unknown>>): LastWords {
  return {
    message: String(because),
    // `fromErrorAnswer` takes a code of another version for `internal`
    ...(typeof code === 'string' && { code: code as ErrorAnswer['code'] }),
    ...(typeof remedy === 'string' && { remedy }),
  };
}
