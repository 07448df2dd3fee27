import { boxPaths } from '../box/box-paths.js';
import { readJsonObject } from '../box/read-json.js';
import { hasFields } from '../has-fields.js';
import type { Definition } from './definition.js';

/** Settings that nobody is to see, as they were in one revision of the definition. */
export interface Generation {
  readonly revision: number;
  readonly settings: Definition['settings'];
}

/**
 * `definitions/<id>.secrets` of the home, mode 0600: the settings that are secret, or not known to be none. While the
 * definition beside it is being exchanged, it holds those of both, so that a death in between loses neither.
 */
export interface KeptSecrets {
  readonly format: 1;
  readonly serverId: string;
  readonly now: Generation;
  readonly before?: Generation;
}

/**
 * A definition as its file has it. One whose secrets are kept apart has format 2, so that an older version, which knows
 * nothing of them, takes it for damaged and never starts a server without its password.
 */
export interface WrittenDefinition extends Omit<Definition, 'format'> {
  readonly format: 1 | 2;
  /** The revision of the secrets that belong to it. */
  readonly secretsOf?: number;
}

/** The part of a definition that its readable file may hold, and the other part. */
export function splitSecrets(definition: Definition): {
  readonly readable: Definition;
  readonly secrets: Definition['settings'] | undefined;
} {
  const { settings, plain = [] } = definition;
  const named = Object.entries(settings);
  const [open, secrets] = [true, false].map((isPlain) =>
    Object.fromEntries(named.filter(([name]) => plain.includes(name) === isPlain)));
  const hasSecrets = Object.keys(secrets ?? {}).length > 0;
  return { readable: { ...definition, settings: open ?? {} }, secrets: hasSecrets ? secrets : undefined };
}

/** The secrets that a written definition names. Undefined if they are not there. */
export function secretsOf(home: string, serverId: string, revision: number): Generation | undefined {
  const kept = readKeptSecrets(home, serverId);
  return [kept?.now, kept?.before].find((one) => one?.revision === revision);
}

/** The file with the secrets of a server. Undefined if there is none that can be read. */
export function readKeptSecrets(home: string, serverId: string): KeptSecrets | undefined {
  const value = readJsonObject(boxPaths(home).secrets(serverId));
  const isWhole =
    hasFields(value, { now: 'object', format: 'number', serverId: 'string' }) &&
    value.format === 1 &&
    value.serverId === serverId;
  // Only the queue process writes these files, whole or not at all.
  return isWhole ? (value as unknown as KeptSecrets) : undefined;
}
