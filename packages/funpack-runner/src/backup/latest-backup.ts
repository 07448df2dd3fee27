import { promises } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assertServerId, errnoOf, type Source } from '@pinky/protocol';

/** A server's backups are `$BACKUPS/worlds/<id>/<id>.<unix seconds>.tar.lzo`. */
export const backupDir = (backupsDir: string, serverId: string): string => join(backupsDir, 'worlds', serverId);
export const backupName = (serverId: string, seconds: number): string => `${serverId}.${seconds}.tar.lzo`;

/** One backup in the folder of backups. */
export interface StoredBackup {
  readonly path: string;
  /** When it was made, seconds since 1970. All older backups have smaller numbers. */
  readonly seconds: number;
}

/** A server's whole backups, oldest first. A backup that is still being written has another name. */
export async function listBackups(backupsDir: string, serverId: string): Promise<readonly StoredBackup[]> {
  assertServerId(serverId);
  const dir = backupDir(backupsDir, serverId);
  const found = (await namesIn(dir)).flatMap((name) => {
    const seconds = secondsOf(name, serverId);
    return seconds === undefined ? [] : [{ path: join(dir, name), seconds }];
  });
  return found.sort((a, b) => a.seconds - b.seconds);
}

/** The newest backup of a server as a source to restore from. Undefined if there is none. */
export async function latestBackup(backupsDir: string, serverId: string): Promise<Source | undefined> {
  const newest = (await listBackups(backupsDir, serverId)).at(-1);
  return newest && { url: pathToFileURL(newest.path).href };
}

/** Server ids hold no dot, so a name splits plainly. */
function secondsOf(name: string, serverId: string): number | undefined {
  const [id, seconds, ...ending] = name.split('.');
  return id === serverId && ending.join('.') === 'tar.lzo' && /^\d{1,15}$/.test(seconds ?? '')
    ? Number(seconds)
    : undefined;
}

/** Asynchronous, unlike the other looks of a start: backups may lie on a network share that hangs. */
async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await promises.readdir(dir);
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return [];
    throw failure;
  }
}
