import { promises } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assertServerId, errnoOf, type Source } from '@pinky/protocol';
import { backupDir, noteName, parseArchiveName, type BackupName } from './backup-names.js';
import { noteIn, type BackupNote } from './backup-note.js';

/** One archive in the folder of backups. */
export interface StoredBackup extends BackupName {
  readonly path: string;
}

/**
 * A server's whole backups, the oldest world first. A backup that is still being written has another name. Numbers tell
 * their order, and nothing else: a new one is always greater than all before, and only the greatest is ever found
 * unchanged. Times of the wall clock go back when it is set back.
 */
export async function listBackups(backupsDir: string, serverId: string): Promise<readonly StoredBackup[]> {
  assertServerId(serverId);
  const dir = backupDir(backupsDir, serverId);
  const found = (await namesIn(dir)).flatMap((name) => {
    const parsed = parseArchiveName(name);
    return parsed?.serverId === serverId ? [{ ...parsed, path: join(dir, name) }] : [];
  });
  return found.sort((a, b) => a.seconds - b.seconds);
}

/** A backup with what is known of it. */
export interface KnownBackup extends StoredBackup {
  /** Bytes of the archive. */
  readonly size: number;
  /** Absent with a backup of an older version, and with one that somebody put there. */
  readonly note?: BackupNote;
}

/**
 * When the world was last seen to be as the backup holds it, Unix milliseconds. It tells how old a world is, and not
 * which of two is the newer one: the clock may have been set back in between.
 */
export const asOf = ({ seconds, note }: Pick<KnownBackup, 'seconds' | 'note'>): number =>
  Math.max(seconds * 1_000, note?.unchangedAt ?? 0);

/** A server's whole backups with their notes, the oldest world first. */
export async function knownBackups(backupsDir: string, serverId: string): Promise<readonly KnownBackup[]> {
  const known: KnownBackup[] = [];
  for (const backup of await listBackups(backupsDir, serverId)) {
    const size = await sizeOf(backup.path);
    if (size === undefined) continue; // removed in the meantime
    const note = await noteBeside(backupsDir, backup);
    known.push({ ...backup, size, ...(note && { note }) });
  }
  return known;
}

/** The newest backup of a server as a source to restore from. Undefined if there is none. */
export async function latestBackup(backupsDir: string, serverId: string): Promise<Source | undefined> {
  const newest = (await knownBackups(backupsDir, serverId)).at(-1);
  return newest && { url: pathToFileURL(newest.path).href };
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await promises.stat(path)).size;
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return undefined;
    throw failure;
  }
}

async function noteBeside(backupsDir: string, { serverId, seconds }: StoredBackup): Promise<BackupNote | undefined> {
  try {
    const path = join(backupDir(backupsDir, serverId), noteName(serverId, seconds));
    return noteIn(await promises.readFile(path, 'utf8'));
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return undefined;
    throw failure;
  }
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
