import { logLevels } from '@pinky/protocol/base';
import { isSignalName } from '../launch/signal-name.js';

/** Says which values are good, if this one is not. Undefined for a good one. */
export type ValueCheck = (value: unknown) => string | undefined;

/** The default of keys without one. */
export const nothing = undefined;

const check =
  (isGood: (value: unknown) => boolean, wanted: string): ValueCheck =>
  (value) =>
    isGood(value) ? undefined : wanted;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** The longest time for a timer of Node: 24.8 days. Seconds. */
const longestSeconds = Math.floor((2 ** 31 - 1) / 1000);

export const trueOrFalse = check((value) => typeof value === 'boolean', 'true or false');
/** No path, name or title is empty, and the kernel's texts end at a NUL. */
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '' && !value.includes('\0');
export const someText = check(isText, 'a text that is not empty');
export const textOrNumber = check(
  (value) => isText(value) || Number.isInteger(value),
  'a name or a number',
);
export const seconds = check(
  (value) => isNumber(value) && value >= 0 && value <= longestSeconds,
  `a number of seconds from 0 to ${longestSeconds}`,
);
export const secondsOrNever = check(
  (value) => value === -1 || seconds(value) === undefined,
  `a number of seconds from 0 to ${longestSeconds}, or -1 for never`,
);
export const ratio = check((value) => isNumber(value) && value >= 0 && value <= 1, 'a number from 0 to 1');
export const mask = check(
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 0o777,
  'a whole number from 0 to 0o777',
);
export const count = (most = Number.MAX_SAFE_INTEGER): ValueCheck =>
  check(
    (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most,
    most === Number.MAX_SAFE_INTEGER ? 'a whole number, 0 or more' : `a whole number from 0 to ${most}`,
  );
export const anyOf = (...values: readonly string[]): ValueCheck =>
  check((value) => values.includes(String(value)), `one of ${values.join(', ')}`);
export const listOfCodes = check(
  (value) => Array.isArray(value) && value.every((code) => Number.isInteger(code) && code >= 0 && code <= 255),
  'a list of exit codes from 0 to 255',
);
export const listOfTexts = check(
  (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  'a list of texts',
);
export const rotation = check(
  (value) => (Number.isInteger(value) && Number(value) >= 0) || ['daily', 'weekly', 'monthly'].includes(String(value)),
  'a number of files from 0, or daily, weekly or monthly',
);
export const signalName = check(
  (value) => typeof value === 'string' && isSignalName(value),
  'the name of a signal, such as USR2',
);
export const functionOrPath = check(
  (value) => typeof value === 'function' || isText(value),
  'a function, or the path of a module',
);
export const isLevelName = check(
  (value) => logLevels.some((name, index) => name === value || String(index - 1) === String(value)),
  `one of ${logLevels.join(', ')}`,
);

export const optional = (inner: ValueCheck): ValueCheck => (value) => (value === undefined ? undefined : inner(value));
