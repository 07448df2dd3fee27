import { choiceValue, PinkyError, suggest, type FunpackManifest, type SettingSchema } from '@pinky/protocol';
import { settingRegExp } from './checks.js';

/** The access lists. Every game has these settings. They are at the top of the datafile too, always as lists. */
export const accessLists = ['ops', 'banned', 'whitelisted'] as const;

/** The value that the game gets, or the fault of the given one. */
type Reading = { readonly value: unknown } | { readonly fault: string };
type Reader = (given: unknown, schema: SettingSchema) => Reading;

const fault = (sentence: string): Reading => ({ fault: sentence });
const controlCharacter = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/;

const withinLimits = (size: number, unit: string, value: unknown, { min, max }: SettingSchema): Reading => {
  if (min !== undefined && size < min) return fault(`must be at least ${min}${unit}`);
  if (max !== undefined && size > max) return fault(`must be at most ${max}${unit}`);
  return { value };
};

const matches = (text: string, { pattern }: SettingSchema): boolean =>
  pattern === undefined || settingRegExp(pattern).test(text);

const readNumber = (given: unknown): number =>
  typeof given === 'string' && /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(given)
    ? Number(given)
    : typeof given === 'number'
      ? given
      : NaN;

/** A line break would become a second line of a configuration file, so it is refused here. */
const readText: Reader = (given, schema) => {
  const value = typeof given === 'number' || typeof given === 'boolean' ? String(given) : given;
  if (typeof value !== 'string') return fault('must be a text');
  if (controlCharacter.test(value)) return fault('must not hold line breaks or control characters');
  if (!matches(value, schema)) return fault(`must match ${schema.pattern}`);
  return withinLimits(value.length, ' characters', value, schema);
};

/** One reader for each type. It also reads texts such as `"20"`, `"true"` and `"a,b"`, which a command line gives. */
const readers: Readonly<Record<SettingSchema['type'], Reader>> = {
  string: readText,
  number: (given, schema) => {
    const value = readNumber(given);
    return Number.isFinite(value) ? withinLimits(value, '', value, schema) : fault('must be a number');
  },
  integer: (given, schema) => {
    const value = readNumber(given);
    return Number.isSafeInteger(value) ? withinLimits(value, '', value, schema) : fault('must be a whole number');
  },
  boolean: (given) => {
    if (typeof given === 'boolean') return { value: given };
    if (given === 'true' || given === 1 || given === '1') return { value: true };
    if (given === 'false' || given === 0 || given === '0') return { value: false };
    return fault('must be true or false');
  },
  enum: (given, { values = [] }) => {
    const known = values.map(choiceValue);
    const value = known.find((one) => one === given) ?? known.find((one) => isWritten(given, String(one)));
    return value === undefined ? fault(`must be one of ${known.join(', ')}`) : { value };
  },
  list: (given, schema) => {
    const value: unknown =
      typeof given === 'string'
        ? given
            .split(',')
            .map((item) => item.trim())
            .filter((item) => item !== '')
        : given;
    if (!Array.isArray(value)) return fault('must be a list');
    if (value.some((item) => typeof item === 'string' && controlCharacter.test(item))) {
      return fault('must not hold line breaks or control characters');
    }
    if (!value.every((item) => matches(String(item), schema))) {
      return fault(`must have items that match ${schema.pattern}`);
    }
    return withinLimits(value.length, ' items', value, schema);
  },
};

/** Whether a choice was meant: `--set version=1.8` gives a number and `--set pvp=true` a boolean, whatever is to be. */
const isWritten = (given: unknown, choice: string): boolean =>
  ['string', 'number', 'boolean'].includes(typeof given) && String(given) === choice;

/** Reads one value as its schema says. */
export const readSetting = (given: unknown, schema: SettingSchema): Reading => readers[schema.type](given, schema);

/**
 * The settings that the game gets: the given ones, checked and in the schema's type, and the defaults of the others.
 * Settings that the schema does not know are kept, because a server may have them from an older version of its funpack;
 * `assertKnownSettings` refuses them where somebody gives them. Throws `bad_settings`, which names each wrong setting,
 * in `details.settings` too.
 */
export function checkSettings(
  manifest: FunpackManifest,
  settings: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const faults: Record<string, string> = {};
  const checked: Record<string, unknown> = { ...settings };
  for (const [name, schema] of Object.entries(manifest.schema ?? {})) {
    const given = settings[name] ?? schema.default;
    const reading = isAbsent(given) ? absent(schema) : readGiven(given, schema);
    if ('fault' in reading) faults[name] = reading.fault;
    else if (reading.value === undefined) delete checked[name];
    else checked[name] = reading.value;
  }
  refuse(manifest, faults);
  return checked;
}

const isAbsent = (given: unknown): boolean => given === undefined || given === null;

const absent = ({ required }: SettingSchema): Reading =>
  (required === true ? fault('must be given') : { value: undefined });

function readGiven(given: unknown, schema: SettingSchema): Reading {
  const reading = readSetting(given, schema);
  if ('fault' in reading) return reading;
  if (schema.required === true && reading.value === '') return fault('must be given');
  return schema.readonly === true && !isDefault(reading.value, schema)
    ? fault('cannot be changed; the funpack says what it is')
    : reading;
}

function isDefault(value: unknown, schema: SettingSchema): boolean {
  const usual = readSetting(schema.default ?? '', schema);
  return 'value' in usual && JSON.stringify(usual.value) === JSON.stringify(value);
}

/**
 * Refuses settings that the schema does not have, by name. A funpack without a schema takes any, and null only takes a
 * setting away. Throws `bad_settings`.
 */
export function assertKnownSettings(manifest: FunpackManifest, settings: Readonly<Record<string, unknown>>): void {
  if (!manifest.schema) return;
  const known = [...Object.keys(manifest.schema), ...accessLists];
  const unknown = Object.keys(settings).filter((name) => !isAbsent(settings[name]) && !known.includes(name));
  refuse(manifest, Object.fromEntries(unknown.map((name) => [name, unknownFault(name, known)])));
}

function unknownFault(name: string, known: readonly string[]): string {
  const near = suggest(name, known);
  return `is not a setting of it${near === undefined ? '' : ` (did you mean ${near}?)`}`;
}

function refuse({ name: funpack }: FunpackManifest, faults: Readonly<Record<string, string>>): void {
  const sentences = Object.entries(faults).map(([name, sentence]) => `${name} ${sentence}`);
  if (sentences.length === 0) return;
  throw new PinkyError('bad_settings', `settings of ${funpack}: ${sentences.join('; ')}`, {
    details: { settings: faults },
  });
}
