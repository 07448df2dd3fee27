import { join } from 'node:path';
import {
  boxPaths,
  Mask,
  noMask,
  secretValues,
  serverPaths,
  type BoxConfig,
  type Definition,
  type Source,
} from '@pinky/protocol';
import { s3AccessOf } from '../s3/s3-access.js';
import { findFunpack, type SourceContext } from './find-funpack.js';
import { readFunpack, type Funpack } from '../funpack/read-funpack.js';
import { assertKnownSettings, checkSettings } from '../funpack/settings.js';

/** The funpack of a definition, if it is on this machine and can be read. */
export function knownFunpack(config: BoxConfig, { serverId, funpack, digest }: Definition): Funpack | undefined {
  const places = [
    () => serverPaths(config.servers, serverId).funpack,
    () => join(boxPaths(config.home).funpackCache, digest ?? ''),
    () => findFunpack(funpack, sourceContext(config))?.dir,
  ];
  for (const place of places) {
    try {
      const dir = place();
      if (dir !== undefined) return readFunpack(dir, digest);
    } catch {
      // it is not there, or not in that form; the next place may have it
    }
  }
  return undefined;
}

/** Takes out of a server's console what its secret settings hold now. */
export function consoleMask(config: BoxConfig, definition: Definition): Mask {
  const isAlone = Object.keys(definition.settings).length === 0;
  if (isAlone) return noMask;
  return new Mask(secretValues(definition.settings, knownFunpack(config, definition)?.manifest.schema));
}

/**
 * Throws `bad_settings` for settings that the funpack of a definition does not take. If the funpack is not on this
 * machine, the next start looks at them.
 */
export function assertSettingsFit(config: BoxConfig, definition: Definition, given: Definition['settings']): void {
  const manifest = knownFunpack(config, definition)?.manifest;
  if (manifest === undefined) return;
  assertKnownSettings(manifest, given);
  checkSettings(manifest, { ...definition.settings, ...given });
}

/**
 * Throws for a start of a server that is new, or has another funpack: `not_found` or `bad_url` for a funpack that is
 * not there, `bad_settings` for settings that it does not take. If it must be fetched first, the start looks at them.
 */
export function assertStartFits(config: BoxConfig, funpack: Source, given: Definition['settings']): void {
  const found = findFunpack(funpack, sourceContext(config));
  if (found === undefined) return;
  const { manifest } = readFunpack(found.dir, found.digest);
  assertKnownSettings(manifest, given);
  checkSettings(manifest, given);
}

const sourceContext = (config: BoxConfig): SourceContext => ({
  cacheDir: boxPaths(config.home).cacheDir,
  funpackPaths: config.funpacks,
  allowedHosts: config.allowedHosts,
  s3: s3AccessOf(config),
});
