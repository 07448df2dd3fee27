import {
  gapsInWords,
  parkedWorlds,
  safetyOf,
  serverPaths,
  serversWithParks,
  type BoxConfig,
  type ParkedWorld,
  type WorldSafety,
} from '@pinky/protocol';
import { recordIn, serversIn } from '../observe/disk.js';

/** A world that no backup holds, or not all of it. */
export interface UnsavedWorld {
  readonly serverId: string;
  readonly path: string;
  readonly because: string;
}

type Place = Pick<BoxConfig, 'servers'>;

/** The worlds whose final backup failed, by their places: parked, or in the folder of a server that could not stop. */
export const knownUnsaved = ({ servers }: Place): ReadonlySet<string> =>
  new Set(withoutBackup(servers).map(({ path }) => path));

/** Those that were not there before. */
export const newlyUnsaved = ({ servers }: Place, before: ReadonlySet<string>): UnsavedWorld[] =>
  withoutBackup(servers).filter(({ path }) => !before.has(path));

/** Every parked world with which something would be lost. */
export async function unsavedParks({ servers }: Place): Promise<UnsavedWorld[]> {
  const parks = serversWithParks(servers).flatMap((id) => parkedWorlds(servers, id));
  const safeties = await Promise.all(parks.map(safetyOf));
  return parks.filter((_, at) => safeties[at] === 'unsaved').map(unsaved);
}

/** A parked world of a server, in words. */
export interface ParkedFact {
  readonly path: string;
  readonly safety: WorldSafety;
  readonly isUnused: boolean;
  readonly what: string;
}

/** The parked worlds of one server, oldest first. */
export function parkedFacts(servers: string, serverId: string): Promise<ParkedFact[]> {
  return Promise.all(parkedWorlds(servers, serverId).map(async (park) => {
    const safety = await safetyOf(park);
    const { path, record } = park;
    const isUnused = record?.isUnused === true;
    const of = isUnused ? 'a world in which nothing was saved' : 'its world';
    const held = {
      saved: isUnused ? '' : '; a backup that was read back holds it',
      unread: `; ${record?.backup} holds it, and was not read back yet`,
      unsaved: `; no backup holds all of it: ${unsaved(park).because}`,
    }[safety];
    return { path, safety, isUnused, what: `${of} is parked in ${path}${held}` };
  }));
}

function withoutBackup(servers: string): UnsavedWorld[] {
  const parked = serversWithParks(servers)
    .flatMap((id) => parkedWorlds(servers, id))
    .filter(({ record }) => record?.backup === undefined && !record?.isUnused && record?.failure?.code !== 'no_world')
    .map(unsaved);
  const kept = serversIn(servers).flatMap((serverId) => {
    const { wanted, failed, hasWorld } = recordIn(servers, serverId);
    return wanted === 'down' && hasWorld === true && hasMessage(failed)
      ? [{ serverId, path: serverPaths(servers, serverId).working, because: failed.message }]
      : [];
  });
  return [...parked, ...kept];
}

function unsaved({ serverId, path, record }: ParkedWorld): UnsavedWorld {
  const lacks = gapsInWords(record?.gaps ?? {}).join('; ');
  const because = record?.failure?.message
    ?? (lacks === '' ? 'its backup is gone or cannot be read' : `its backup may lack a part: ${lacks}`);
  return { serverId, path, because };
}

const hasMessage = (value: unknown): value is { readonly message: string } =>
  typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
