import { readdirSync, readFileSync } from 'node:fs';
import { boxPaths } from '../box/box-paths.js';
import { errnoOf } from '../errors.js';
import { hasFields } from '../has-fields.js';
import { isServerId } from '../server-id.js';
import type { Definition } from './definition.js';

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

/** The definition of a server. `damaged` if it cannot be read; undefined if there is none. */
export function readDefinition(home: string, serverId: string): Definition | 'damaged' | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(boxPaths(home).definition(serverId), 'utf8'));
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? undefined : 'damaged';
  }
  const isWhole = hasFields(value, fieldsOfAll) && value['format'] === 1 && value['serverId'] === serverId;
  // Only the queue process writes these files, whole or not at all.
  return isWhole ? (value as unknown as Definition) : 'damaged';
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
