import { PinkyError, type FunpackManifest, type SettingSchema } from '@pinky/protocol';

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
    const value = values.find((known) => known === given || String(known) === given);
    return value === undefined ? fault(`must be one of ${values.join(', ')}`) : { value };
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
    return withinLimits(value.length, ' items', value, schema);
  },
};

/** Reads one value as its schema says. */
export const readSetting = (given: unknown, schema: SettingSchema): Reading => readers[schema.type](given, schema);

/**
 * The settings that the game gets: the given ones, checked and in the schema's type, and the defaults of the others.
 * Settings that the schema does not know are kept, such as the access lists. Throws `bad_settings`, which names each
 * wrong setting, in `details.settings` too.
 */
export function checkSettings(
  manifest: FunpackManifest,
  settings: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const faults: Record<string, string> = {};
  const checked: Record<string, unknown> = { ...settings };
  for (const [name, schema] of Object.entries(manifest.schema ?? {})) {
    const given = settings[name] ?? schema.default;
    if (given === undefined || given === null) {
      delete checked[name];
      continue;
    }
    const reading = readSetting(given, schema);
    if ('fault' in reading) faults[name] = reading.fault;
    else checked[name] = reading.value;
  }
  const sentences = Object.entries(faults).map(([name, sentence]) => `${name} ${sentence}`);
  if (sentences.length > 0) {
    throw new PinkyError('bad_settings', `settings of ${manifest.name}: ${sentences.join('; ')}`, {
      details: { settings: faults },
    });
  }
  return checked;
}
