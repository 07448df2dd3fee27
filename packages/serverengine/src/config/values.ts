import { logLevels } from '@pinky/protocol/base';

/** What is wrong with a value, or undefined. */
export type Check = (value: unknown) => string | undefined;

/** The default of keys that have none. */
export const nothing = undefined;

const check =
  (isGood: (value: unknown) => boolean, wanted: string): Check =>
  (value) =>
    isGood(value) ? undefined : wanted;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** The longest time that a timer of Node takes, in seconds: 24.8 days. */
const longestSeconds = Math.floor((2 ** 31 - 1) / 1000);

export const bool = check((value) => typeof value === 'boolean', 'true or false');
export const text = check((value) => typeof value === 'string', 'a text');
export const textOrNumber = check(
  (value) => typeof value === 'string' || Number.isInteger(value),
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
export const count = (most = Number.MAX_SAFE_INTEGER): Check =>
  check(
    (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most,
    most === Number.MAX_SAFE_INTEGER ? 'a whole number, 0 or more' : `a whole number from 0 to ${most}`,
  );
export const anyOf = (...values: readonly string[]): Check =>
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
  (value) => Number.isInteger(value) || ['daily', 'weekly', 'monthly'].includes(String(value)),
  'a number of files, or daily, weekly or monthly',
);
export const isLevelName = check(
  (value) => logLevels.some((name, index) => name === value || String(index - 1) === String(value)),
  `one of ${logLevels.join(', ')}`,
);

export const optional = (inner: Check): Check => (value) => (value === undefined ? undefined : inner(value));
