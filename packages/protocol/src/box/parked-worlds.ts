import { existsSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackupGaps } from '../commands/commands.js';
import type { ErrorAnswer } from '../errors.js';
import { isServerId } from '../server-id.js';
import { namesIn } from './names-in.js';
import { parseObject, readJsonObject } from './read-json.js';

/** The worker's knowledge of a world that it sets aside. It writes this down before it moves the world. */
export interface ParkRecord {
  readonly format: 1;
  /** Unix milliseconds. */
  readonly at: number;
  /** The game was never up with this world, or had saved nothing. It is no start's world. */
  readonly isUnused?: true;
  /** The address of the backup that holds this world, as far as `gaps` does not say otherwise. */
  readonly backup?: string;
  /** The things that this backup lacks. */
  readonly gaps?: BackupGaps;
  /** Why there is no backup of it. */
  readonly failure?: Pick<ErrorAnswer, 'code' | 'message'>;
  /** The number in the name of the server's newest backup at that time, 0 if it had none. A newer one replaces it. */
  readonly newest: number;
  /** The folder of the funpack that it was played with. */
  readonly funpackDir?: string;
  /** The boot of the machine in which it was parked. Absent in older records. */
  readonly bootId?: string;
}

/** A world that was set aside at a stop: the former `working/` of a server. */
export interface ParkedWorld {
  readonly serverId: string;
  /** The run that it ended with. Later ones sort later. */
  readonly run: string;
  readonly path: string;
  /** The record beside it. */
  readonly recordPath: string;
  /** Undefined where a full disk kept the record from being written, or a death cut it short. */
  readonly record: ParkRecord | undefined;
}

const runPattern = /^[0-9]{13}-[0-9a-f]{4}$/;

/** The folder in which the worlds of all servers are parked. No server id begins with a dot. */
export const parkDir = (servers: string): string => join(servers, '.parked');
/** The folder with the parked worlds of one server. */
export const parkOf = (servers: string, serverId: string): string => join(parkDir(servers), serverId);

/** One parked world, whether it is there or not. */
export function parkedWorld(servers: string, serverId: string, run: string): ParkedWorld {
  const path = join(parkOf(servers, serverId), run);
  const record = readJsonObject(`${path}.json`);
  return {
    serverId,
    run,
    path,
    recordPath: `${path}.json`,
    // Only workers write it, whole or not at all.
    record: record?.['format'] === 1 ? (record as unknown as ParkRecord) : undefined,
  };
}

/** The worlds of a server that are parked, oldest first. */
export function parkedWorlds(servers: string, serverId: string): ParkedWorld[] {
  return namesIn(parkOf(servers, serverId))
    .filter((name) => runPattern.test(name))
    .toSorted()
    .map((run) => parkedWorld(servers, serverId, run));
}

/** The ids of all servers that have parked worlds. */
export const serversWithParks = (servers: string): string[] =>
  namesIn(parkDir(servers)).filter((id) => isServerId(id) && parkedWorlds(servers, id).length > 0).toSorted();

/**
 * Records of worlds that are not in their place: a death came before the world was moved there, or after it was taken
 * back. Then `working/` is the world that the record describes, if there is one.
 */
export function recordsWithoutWorld(servers: string, serverId: string): ParkedWorld[] {
  return namesIn(parkOf(servers, serverId))
    .map((name) => name.replace(/\.json$/, ''))
    .filter((run, at, all) => runPattern.test(run) && all.indexOf(run) === all.lastIndexOf(run))
    .map((run) => parkedWorld(servers, serverId, run))
    .filter(({ path, record }) => record !== undefined && !existsSync(path))
    .toSorted((a, b) => (a.run < b.run ? -1 : 1));
}

/**
 * How sure it is that nothing is lost with a parked world. `saved`: a backup was read back and holds all of it, or
 * nobody ever played in it. `unread`: its backup was not read back yet. `unsaved`: its backup lacks something, is
 * damaged or gone, or there is none.
 */
export type WorldSafety = 'saved' | 'unread' | 'unsaved';

/** Asynchronous: backups may lie on a network share that hangs. */
export async function safetyOf({ record }: Pick<ParkedWorld, 'record'>): Promise<WorldSafety> {
  if (record?.isUnused && record.backup === undefined) return 'saved';
  return record?.backup === undefined || record.gaps?.incomplete ? 'unsaved' : safetyOfBackup(record.backup);
}

/** The same for a world of which a backup was made that lacks nothing. */
export async function safetyOfBackup(url: string): Promise<WorldSafety> {
  try {
    const archive = fileURLToPath(url); // throws for a store elsewhere
    await stat(archive);
    const note = parseObject(await readFile(archive.replace(archiveEnding, '.note.json'), 'utf8').catch(() => '{}'));
    if (note?.['problem'] !== undefined) return 'unsaved';
    return note?.['verifiedAt'] === undefined ? 'unread' : 'saved';
  } catch {
    return 'unsaved'; // it is gone
  }
}

/**
 * How much space the world of an archive takes at least, bytes: what the note beside it says, or else the archive's own
 * size. 0 for one that is not on this machine.
 */
export function worldBytes(url: string): number {
  try {
    const path = url.startsWith('/') ? url : fileURLToPath(url);
    const bytes = readJsonObject(path.replace(archiveEnding, '.note.json'))?.['bytes'];
    return typeof bytes === 'number' ? bytes : statSync(path).size;
  } catch {
    return 0;
  }
}

/** The part behind the number in the name of a backup. */
const archiveEnding = /(\.incremental)?\.tar\.(lzo|zst|gz)(\.enc)?$/;
