import { join } from 'node:path';
import { archiveEndings, findFunpack, readFunpack } from '@pinky/funpack-runner/light';
import { boxPaths, namesIn, shownSchema, type BoxConfig, type FunpackManifest } from '@pinky/protocol';
import { playersIn, playersSetting } from '../servers/most-players.js';

/** A funpack that a start finds by its name. */
export interface InstalledFunpack {
  readonly funpack: string;
  /** The name of the game. */
  readonly name: string;
  /** The name of the game for people. */
  readonly title?: string;
  readonly version?: string;
  readonly schema: Record<string, unknown>;
  readonly ports?: FunpackManifest['ports'];
  readonly listens: boolean;
  readonly maxPlayers?: number;
  readonly isUploaded?: true;
}

/** The folder for what comes over HTTP. A start looks there first, unless pinky.yml says otherwise. */
export const uploadDir = (home: string): string => join(home, 'funpacks');

/** The ending of an archive's name. Undefined for other names. */
export const endingOf = (name: string): string | undefined => archiveEndings.find((ending) => name.endsWith(ending));

/**
 * The first folder that has a name counts, as for a start. One that cannot be read, or was never unpacked, is left out.
 */
export function installedFunpacks(config: BoxConfig): InstalledFunpack[] {
  const found = new Map<string, InstalledFunpack>();
  for (const folder of config.funpacks) {
    for (const entry of namesIn(folder).toSorted()) {
      const ending = entry.startsWith('.') ? undefined : endingOf(entry);
      const funpack = entry.slice(0, entry.length - (ending?.length ?? 0));
      if (found.has(funpack)) continue;
      const pack = readInstalled(config, { path: join(folder, entry), funpack, isArchive: ending !== undefined });
      if (!pack) continue;
      const isUploaded = ending !== undefined && folder === uploadDir(config.home);
      found.set(funpack, { ...pack, ...(isUploaded && { isUploaded }) });
    }
  }
  return [...found.values()];
}

interface Entry {
  readonly path: string;
  readonly funpack: string;
  readonly isArchive: boolean;
}

function readInstalled(config: BoxConfig, { path, funpack, isArchive }: Entry): InstalledFunpack | undefined {
  const { home, funpacks, allowedHosts } = config;
  const { cacheDir } = boxPaths(home);
  try {
    const dir = isArchive ? findFunpack({ url: path }, { cacheDir, funpackPaths: funpacks, allowedHosts })?.dir : path;
    if (dir === undefined) return undefined;
    const { name, title, version, schema = {}, ports, listens = true } = readFunpack(dir).manifest;
    const maxPlayers = playersIn(playersSetting(schema)?.usual);
    return {
      funpack,
      name,
      ...(title !== undefined && { title }),
      ...(version !== undefined && { version }),
      schema: shownSchema(schema),
      ...(ports && { ports }),
      listens,
      ...(maxPlayers !== undefined && { maxPlayers }),
    };
  } catch {
    return undefined; // no funpack, or one with a fault, which `pinky doctor --funpack` names
  }
}
