import { join } from 'node:path';
import { boxPaths, funpackNameOf, serverPaths, type BoxConfig, type Definition } from '@pinky/protocol';
import { findFunpack, readFunpack, s3AccessOf, type Funpack } from '@pinky/funpack-runner/light';

/** The funpack of a definition, if it is on this machine and can be read. */
export function funpackOf(config: BoxConfig, { serverId, funpack, digest }: Definition): Funpack | undefined {
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

export const sourceContext = (config: BoxConfig) => ({
  cacheDir: boxPaths(config.home).cacheDir,
  funpackPaths: config.funpacks,
  allowedHosts: config.allowedHosts,
  s3: s3AccessOf(config),
});

/** The name of the game for people, without reading its funpack. */
export const gameOf = (definition: Definition | undefined): string =>
  (definition ? funpackNameOf(definition.funpack.url) : '');
