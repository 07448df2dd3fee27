import { PinkyError } from '../errors.js';
import type { SettingSchema } from '../funpack/manifest.js';
import { isSecret } from './shown-settings.js';

/** Stands in a text where a secret stood. */
export const blackened = '***';
/** A shorter value would blacken half of a log. Characters. */
const leastLength = 4;

/** Takes the values of secret settings out of everything that people or files get to see. */
export class Mask {
  readonly #values: readonly string[];

  /** The longer values go first, since one may hold another. */
  constructor(values: readonly string[] = []) {
    const written = values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
    this.#values = [...new Set(written)]
      .filter((value) => value.length >= leastLength)
      .toSorted((a, b) => b.length - a.length);
  }

  /** Nothing is to be taken out. */
  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  text(text: string): string {
    return this.#values.reduce((left, value) => left.replaceAll(value, blackened), text);
  }

  /** Writes over every secret in these bytes, which stay as many: places in them are known elsewhere. */
  blacken(bytes: Buffer): Buffer {
    for (const value of this.#values) {
      const secret = Buffer.from(value);
      for (let at = bytes.indexOf(secret); at >= 0; at = bytes.indexOf(secret, at)) {
        bytes.fill('*', at, at + secret.length);
      }
    }
    return bytes;
  }

  /** The value with every text in it masked, however deep. The same value if there is nothing to take out. */
  deep<T>(value: T): T {
    return this.isEmpty ? value : (this.#deep(value) as T); // each part keeps its kind
  }

  /** The error without secrets in its sentence and details. Its cause, which may hold them too, is left out. */
  error(error: unknown): unknown {
    if (this.isEmpty || !(error instanceof Error)) return error;
    const message = this.text(error.message);
    if (!(error instanceof PinkyError)) return message === error.message ? error : new Error(message);
    const details = error.details && this.deep(error.details);
    if (message === error.message && JSON.stringify(details) === JSON.stringify(error.details)) return error;
    return new PinkyError(error.code, message, { remedy: error.remedy, ...(details && { details }) });
  }

  #deep(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((one) => this.#deep(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#deep(one)]));
  }
}

/** Takes nothing out. */
export const noMask = new Mask();

/**
 * The values of a server's secret settings. One that is the default of its funpack is known to everybody, and may be a
 * usual word.
 */
export const secretValues = (
  settings: Readonly<Record<string, unknown>>,
  schema: Readonly<Record<string, SettingSchema>> = {},
): readonly string[] =>
  Object.entries(settings)
    .filter(([name]) => (Object.hasOwn(schema, name) ? schema[name]?.secret === true : isSecret(name, schema)))
    .flatMap(([name, value]) =>
      [value].flat().filter((one) => isTelling(one) && one !== schema[name]?.default).map(String));

const isTelling = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';
