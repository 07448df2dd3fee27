import { messageOf } from '@pinky/protocol';

/**
 * Answers what is wrong with a value: one sentence for each fault, which begins with the field's path. None if all
 * is well.
 */
export type ManifestCheck = (value: unknown, at: string) => string[];

const fault = (at: string, problem: string): string[] => [`${at}: ${problem}`];

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const text: ManifestCheck = (value, at) =>
  typeof value === 'string' && value !== '' ? [] : fault(at, 'must be a text that is not empty');
export const anyText: ManifestCheck = (value, at) => (typeof value === 'string' ? [] : fault(at, 'must be a text'));
export const oneLine: ManifestCheck = (value, at) =>
  (typeof value === 'string' && /^[^\r\n]*$/.test(value) ? [] : [`${at}: must be one line of text`]);
export const bool: ManifestCheck = (value, at) =>
  typeof value === 'boolean' ? [] : fault(at, 'must be true or false');
export const number: ManifestCheck = (value, at) => (Number.isFinite(value) ? [] : fault(at, 'must be a number'));
export const milliseconds: ManifestCheck = (value, at) =>
  (Number.isSafeInteger(value) && Number(value) >= 0 ? [] : fault(at, 'must be a whole number of milliseconds'));
export const anything: ManifestCheck = () => [];

export const oneOf =
  (values: readonly string[]): ManifestCheck =>
  (value, at) =>
    values.some((known) => known === value)
      ? []
      : fault(at, `must be one of ${values.join(', ')}; it is ${JSON.stringify(value)}`);

/** A regular expression as text. The engine's own sentence says what is wrong with it. */
export const pattern: ManifestCheck = (value, at) => {
  if (typeof value !== 'string' || value === '') return fault(at, 'must be a regular expression as text');
  try {
    return void new RegExp(value), [];
  } catch (failure) {
    return fault(at, messageOf(failure));
  }
};

/** The `pattern` of a setting. As in JSON Schema it is read as Unicode, if it can be. */
export const settingRegExp = (source: string): RegExp => {
  try {
    return new RegExp(source, 'u');
  } catch {
    return new RegExp(source);
  }
};

export const settingPattern: ManifestCheck = (value, at) => {
  try {
    if (typeof value === 'string' && value !== '') return void settingRegExp(value), [];
  } catch {
    // `pattern` says why
  }
  return pattern(value, at);
};

/** A path that stays below its folder. */
export const innerPath: ManifestCheck = (value, at) => {
  if (typeof value !== 'string' || value === '') return fault(at, 'must be a relative path');
  return isInnerPath(value) ? [] : fault(at, `must be a relative path without '..'; it is ${JSON.stringify(value)}`);
};

const isInnerPath = (path: string): boolean =>
  !path.startsWith('/') && !path.includes('\0') && !path.split('/').includes('..');

export const listOf = (item: ManifestCheck, options: { readonly min?: number } = {}): ManifestCheck => (value, at) => {
  if (!Array.isArray(value)) return fault(at, 'must be a list');
  if (value.length < (options.min ?? 0)) return fault(at, 'must not be empty');
  return value.flatMap((one, i) => item(one, `${at}[${i}]`));
};

export const recordOf =
  (item: ManifestCheck): ManifestCheck =>
  (value, at) =>
    isRecord(value)
      ? Object.entries(value).flatMap(([key, one]) => item(one, `${at}.${key}`))
      : fault(at, 'must be an object');

/**
 * An object whose known fields are checked. A field named `key!` must be there. `unknownFields` finds all others.
 */
export const shape = (fields: Readonly<Record<string, ManifestCheck>>): ManifestCheck => (value, at) => {
  if (!isRecord(value)) return fault(at || 'funpack.json', 'must be an object');
  return Object.entries(fields).flatMap(([marked, check]) => {
    const name = marked.replace(/!$/, '');
    const here = at === '' ? name : `${at}.${name}`;
    if (value[name] === undefined) return marked.endsWith('!') ? fault(here, 'is missing') : [];
    return check(value[name], here);
  });
};

/** The first form that fits decides. The last one is the default. */
export const either =
  (...forms: readonly { readonly fits: (value: unknown) => boolean; readonly check: ManifestCheck }[]): ManifestCheck =>
  (value, at) =>
    (forms.find((form) => form.fits(value)) ?? forms[forms.length - 1])?.check(value, at) ?? [];
