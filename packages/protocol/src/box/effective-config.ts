import { readFileSync, statSync, type Stats } from 'node:fs';
import { errnoOf, PinkyError } from '../errors.js';
import { hasFields } from '../has-fields.js';
import type { BoxConfig } from './box-config.js';
import { boxPaths } from './box-paths.js';

/** The fields that every version writes; a file without one of them was cut short or made by hand. */
const fieldsOfAll = {
  box: 'string',
  home: 'string',
  servers: 'string',
  logLevel: 'string',
  worker: 'object',
  crashLoop: 'object',
  version: 'string',
} as const;

/** The configuration that a box runs with, from `effective.json`. Throws `bad_option` if there is none. */
export function readEffectiveConfig(home: string): BoxConfig {
  const config = findEffectiveConfig(home);
  if (config) return config;
  throw new PinkyError('bad_option', `${boxPaths(home).effectiveConfig} does not exist; \`pinky up\` writes it`);
}

/** The same, or undefined if none was written yet. Throws `bad_option` if it cannot be read or is not whole. */
export function findEffectiveConfig(home: string): BoxConfig | undefined {
  const file = boxPaths(home).effectiveConfig;
  const content = contentOf(file);
  if (content === undefined) return undefined;
  if (!hasFields(content, fieldsOfAll)) {
    throw new PinkyError('bad_option', `${file} is incomplete; remove it, and \`pinky up\` writes it anew`);
  }
  // `pinky up` checked every field before it wrote the file, which only the home's owner can write.
  return content as unknown as BoxConfig;
}

/**
 * The same, but undefined too if the file came with a copy of the home, or the home has another name by now: its paths
 * are then those of another folder, and whoever follows them ends what runs there.
 */
export function ownEffectiveConfig(home: string): BoxConfig | undefined {
  const config = findEffectiveConfig(home);
  return config && isSameFolder(config.home, home) ? config : undefined;
}

/** Whether two paths lead to one folder. False where one of them leads nowhere, or where this user may not look. */
export function isSameFolder(one: string, other: string): boolean {
  const [a, b] = [one, other].map(lookAt);
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Undefined if there is no file; JSON has no such value. */
function contentOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    if (errnoOf(cause) === 'EISDIR') {
      throw new PinkyError('misplaced', `${file} is a folder, and Pinky needs a file there`, {
        cause,
        remedy: `move it away: mv ${file} ${file}.old`,
      });
    }
    throw new PinkyError('bad_option', `${file} cannot be read; remove it, and \`pinky up\` writes it anew`, { cause });
  }
}
