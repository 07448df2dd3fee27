import { type ConfigFile, type FunpackManifest } from '@pinky/protocol';
import type { Funpack } from '../funpack/read-funpack.js';
import { templateOf } from './inputs.js';

/** The secret settings whose values a file holds that has these texts. */
export const secretsNamedIn = ({ schema = {} }: FunpackManifest, texts: readonly string[]): readonly string[] =>
  Object.keys(schema)
    .filter((name) => schema[name]?.secret === true)
    .filter((name) => texts.some((text) => text.includes(`{settings.${name}}`) || text.includes(`{settings.${name}|`)));

/**
 * The paths of the configuration files that hold a secret and are written anew at each start. No backup needs them. A
 * file with `set` holds what the game has written too, so it cannot be left out.
 */
export const secretFiles = (funpack: Funpack): readonly string[] =>
  (funpack.manifest.files ?? [])
    .filter((file) => file.set === undefined && secretsNamedIn(funpack.manifest, textsOf(funpack, file)).length > 0)
    .map(({ path }) => path.replace(/^(\.?\/+)+/, ''));

/** A template that cannot be read holds nothing; the start that needs it says so. */
function textsOf(funpack: Funpack, file: ConfigFile): readonly string[] {
  try {
    return [templateOf(funpack, file)];
  } catch {
    return [];
  }
}
