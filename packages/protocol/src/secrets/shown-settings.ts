import type { SettingSchema } from '../funpack/manifest.js';

/** Stands in the place of a value that is for the game only. */
export const hidden = '••••••';
const secretName = /pass(word|wd)?|secret|token|api.?key/i;

type Schema = Readonly<Record<string, SettingSchema>>;

/** Whether a setting is for the game only: its funpack says so, or its name does. */
export const isSecret = (name: string, schema: Schema = {}): boolean => schema[name]?.secret ?? secretName.test(name);

/** The names of the settings that anybody may see. */
export const plainNames = (settings: Readonly<Record<string, unknown>>, schema: Schema = {}): readonly string[] =>
  Object.keys(settings).filter((name) => !isSecret(name, schema)).toSorted();

/** A server's settings, and the names of those that are known to be no secret. */
export interface KnownSettings {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly plain?: readonly string[];
}

/**
 * Settings as people see them: a secret has only its place. Without the schema, because the funpack is not on the
 * machine, only those are shown that are known to be no secret.
 */
export function shownSettings(
  { settings, plain }: KnownSettings,
  schema: Schema | undefined,
): Record<string, unknown> {
  const isHidden = (name: string): boolean =>
    (schema ? isSecret(name, schema) : isSecret(name) || (plain !== undefined && !plain.includes(name)));
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, isHidden(name) && value !== '' ? hidden : value]),
  );
}

/** The schema without the defaults of secrets: somebody may use them. */
export const shownSchema = (schema: Schema): Record<string, SettingSchema> =>
  Object.fromEntries(
    Object.entries(schema).map(([name, { default: usual, ...rest }]) =>
      [name, { ...rest, ...(usual !== undefined && !isSecretDefault(name, usual, schema) && { default: usual }) }]),
  );

const isSecretDefault = (name: string, usual: unknown, schema: Schema): boolean =>
  isSecret(name, schema) && usual !== '';
