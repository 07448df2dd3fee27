import { promises } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assertServerId, errnoOf, type Source } from '@pinky/protocol';
import { backupDir, parseArchiveName, type BackupName } from './backup-names.js';

/** One archive in the folder of backups. */
export interface StoredBackup extends BackupName {
  readonly path: string;
}

/** A server's whole backups, oldest first. A backup that is still being written has another name. */
export async function listBackups(backupsDir: string, serverId: string): Promise<readonly StoredBackup[]> {
  assertServerId(serverId);
  const dir = backupDir(backupsDir, serverId);
  const found = (await namesIn(dir)).flatMap((name) => {
    const parsed = parseArchiveName(name);
    return parsed?.serverId === serverId ? [{ ...parsed, path: join(dir, name) }] : [];
  });
  return found.sort((a, b) => a.seconds - b.seconds);
}

/** The newest backup of a server as a source to restore from. Undefined if there is none. */
export async function latestBackup(backupsDir: string, serverId: string): Promise<Source | undefined> {
  const newest = (await listBackups(backupsDir, serverId)).at(-1);
  return newest && { url: pathToFileURL(newest.path).href };
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
