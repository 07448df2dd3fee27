import { readdirSync, readFileSync } from 'node:fs';
import { boxPaths } from '../box/box-paths.js';
import { errnoOf } from '../errors.js';
import { hasFields } from '../has-fields.js';
import { isServerId } from '../server-id.js';
import type { Definition } from './definition.js';
import { secretsOf, type WrittenDefinition } from './kept-secrets.js';

/** The fields that every definition has; a file without one of them was cut short or made by hand. */
const fieldsOfAll = {
  format: 'number',
  serverId: 'string',
  revision: 'number',
  funpack: 'object',
  ram: 'object',
  settings: 'object',
  wanted: 'string',
} as const;

/** A definition and its secrets are two files, so one of them may be exchanged between two looks. */
const looks = 3;

/**
 * The definition of a server, with its secrets. `damaged` if it cannot be read, or its secrets are gone; undefined if
 * there is none.
 */
export function readDefinition(home: string, serverId: string): Definition | 'damaged' | undefined {
  for (let look = 1; look <= looks; look++) {
    const written = readWrittenDefinition(home, serverId);
    if (written === undefined || written === 'damaged') return written;
    const { secretsOf: revision, ...readable } = written;
    if (revision === undefined) return { ...readable, format: 1 };
    const secrets = secretsOf(home, serverId, revision);
    if (secrets) return { ...readable, format: 1, settings: { ...readable.settings, ...secrets.settings } };
  }
  return 'damaged';
}

/** The definition as its file has it, without its secrets. */
export function readWrittenDefinition(home: string, serverId: string): WrittenDefinition | 'damaged' | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(boxPaths(home).definition(serverId), 'utf8'));
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? undefined : 'damaged';
  }
  const isWhole =
    hasFields(value, fieldsOfAll) && [1, 2].includes(Number(value['format'])) && value['serverId'] === serverId;
  // Only the queue process writes these files, whole or not at all.
  return isWhole ? (value as unknown as WrittenDefinition) : 'damaged';
}

/** The ids of all servers with a definition. */
export function definedServers(home: string): string[] {
  try {
    return readdirSync(boxPaths(home).definitions)
      .map((name) => (name.endsWith('.json') ? name.slice(0, -'.json'.length) : ''))
      .filter(isServerId)
      .toSorted();
  } catch {
    return []; // no server was defined yet
  }
}

/** Every definition that can be read. */
export const readDefinitions = (home: string): Definition[] =>
  definedServers(home).flatMap((serverId) => {
    const definition = readDefinition(home, serverId);
    return typeof definition === 'object' ? [definition] : [];
  });
