import { createHash } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, isServerId, PinkyError, type WaitingBackups } from '@pinky/protocol';
import { archiveName, backupDir, manifestName, noteName } from '../catalogue/backup-names.js';
import { readNote, withCatalogue, writeNote, type BackupNote } from '../catalogue/backup-note.js';
import { listBackups, type StoredBackup } from '../catalogue/list-backups.js';
import { remoteFolder } from '../remote/list-store.js';
import { ArchiveFile } from '../store/archive-file.js';
import type { Store } from '../remote/store.js';
import type { WorkContext } from '../task/work-context.js';

export interface UploadContext {
  /** `$BACKUPS`. */
  readonly backupsDir: string;
  readonly store: Store;
  readonly work: WorkContext;
}

/** A backup that the store does not have yet. */
interface Pending extends StoredBackup {
  readonly size: number;
  readonly note: BackupNote | undefined;
}

/**
 * Sends every backup to the store that it does not have, the newest of each server first. A base goes before its
 * increments, which are of no use without it. What was sent is written into its note. Answers how many were sent.
 * Throws what the store says; what is there by then stays. One archive that cannot be sent holds up no other.
 */
export async function uploadPending(context: UploadContext): Promise<number> {
  const { backupsDir, work } = context;
  let sent = 0;
  let unfit: unknown;
  for (const serverId of await idsWithBackups(backupsDir)) {
    const pending = await pendingOf(context, serverId);
    for (const backup of inOrder(pending)) {
      if (work.signal.aborted) throw new PinkyError('cancelled', 'sending backups to the store was cancelled');
      try {
        if (await uploadOne(context, backup)) sent += 1;
      } catch (failure) {
        if (!(failure instanceof PinkyError) || failure.code !== 'checksum_mismatch') throw failure;
        unfit ??= failure;
      }
    }
    removeForgotten(backupsDir, serverId, await listBackups(backupsDir, serverId), await namesIn(backupsDir, serverId));
  }
  if (unfit !== undefined) throw unfit;
  return sent;
}

/** The backups that wait, by server. It asks nothing but files of this machine. */
export async function waitingBackups(
  context: Pick<UploadContext, 'backupsDir' | 'store'>,
): Promise<Record<string, WaitingBackups>> {
  const waiting: Record<string, WaitingBackups> = {};
  for (const serverId of await idsWithBackups(context.backupsDir)) {
    const pending = await pendingOf(context, serverId);
    const [oldest] = pending;
    if (!oldest) continue;
    const bytes = pending.reduce((sum, { size }) => sum + size, 0);
    waiting[serverId] = { count: pending.length, bytes, since: oldest.seconds * 1_000 };
  }
  return waiting;
}

/** Oldest first. */
async function pendingOf(
  { backupsDir, store }: Pick<UploadContext, 'backupsDir' | 'store'>,
  serverId: string,
): Promise<readonly Pending[]> {
  return (await listBackups(backupsDir, serverId)).flatMap((backup) => {
    const note = readNote(backupsDir, serverId, backup.seconds);
    const size = statSync(backup.path, { throwIfNoEntry: false })?.size;
    return size === undefined || note?.copies?.[store.url] ? [] : [{ ...backup, size, note }];
  });
}

function inOrder(pending: readonly Pending[]): readonly Pending[] {
  const bases = new Map(pending.map((backup) => [archiveName(backup), backup]));
  const ordered = pending.toReversed().flatMap((backup) => {
    const base = backup.note?.base === undefined ? undefined : bases.get(backup.note.base);
    return base ? [base, backup] : [backup];
  });
  return [...new Set(ordered)];
}

/** The archive goes last: what a store lists is there with its manifest and its note. False where it is gone. */
async function uploadOne({ backupsDir, store, work }: UploadContext, backup: Pending): Promise<boolean> {
  const { serverId, seconds, path, size } = backup;
  const note = backup.note ?? (await noteOf(backup, work));
  const dir = backupDir(backupsDir, serverId);
  const name = `${remoteFolder(serverId)}/${archiveName(backup)}`;
  const there = await store.stat(name);
  if (there?.sha256 !== undefined && there.sha256 !== note.sha256) {
    throw new PinkyError(
      'checksum_mismatch',
      `${store.url}${name} is there already, and is another archive; give each box a place of its own in the store, ` +
        'such as s3://bucket/box-1',
    );
  }
  try {
    for (const beside of [manifestName(serverId, seconds), noteName(serverId, seconds)]) {
      const from = join(dir, beside);
      if (existsSync(from)) await sendSmall(store, from, `${remoteFolder(serverId)}/${beside}`);
    }
    if (there?.sha256 === undefined) {
      const progressFile = join(dir, progressName(seconds));
      const onSent = (done: number): void => work.onProgress({ label: 'upload', done, total: size });
      await store.send(name, { path, size, sha256: note.sha256, progressFile, onSent });
    }
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT' && !existsSync(path)) return false; // removed in the meantime
    throw failure;
  }
  await noteCopy(backupsDir, backup, note, store.url, work);
  return true;
}

async function sendSmall(store: Store, path: string, name: string): Promise<void> {
  const content = await readFile(path);
  await store.send(name, { path, size: content.length, sha256: createHash('sha256').update(content).digest('hex') });
}

/** A backup of an older version, or one that somebody put there, has none. */
async function noteOf({ path, kind, seconds, size }: Pending, work: WorkContext): Promise<BackupNote> {
  const archive = await ArchiveFile.open(path);
  try {
    const sha256 = await archive.sha256(work);
    return {
      version: 1,
      kind,
      sha256,
      size,
      files: 0,
      bytes: 0,
      startedAt: seconds * 1_000,
    };
  } finally {
    await archive.close();
  }
}

const noteCopy = (
  backupsDir: string,
  { serverId, seconds, path }: Pending,
  known: BackupNote,
  url: string,
  work: WorkContext,
): Promise<void> =>
  withCatalogue(backupsDir, serverId, work.signal, () => {
    if (!existsSync(path)) return; // a note without its archive would be left for ever
    const note = readNote(backupsDir, serverId, seconds) ?? known;
    writeNote(backupsDir, serverId, seconds, { ...note, copies: { ...note.copies, [url]: { at: work.wallNow() } } });
  });

/** How far the sending of one archive is. */
const progressName = (seconds: number): string => `.${seconds}.upload.json`;

/** Removes what is written down about archives that are gone. */
function removeForgotten(
  backupsDir: string,
  serverId: string,
  backups: readonly StoredBackup[],
  names: readonly string[],
): void {
  const present = new Set(backups.map(({ seconds }) => progressName(seconds)));
  for (const name of names)
    if (/^\.\d+\.upload\.json$/.test(name) && !present.has(name)) rmSync(join(backupDir(backupsDir, serverId), name));
}

const namesIn = (backupsDir: string, serverId: string): Promise<string[]> => readdir(backupDir(backupsDir, serverId));

async function idsWithBackups(backupsDir: string): Promise<readonly string[]> {
  try {
    return (await readdir(join(backupsDir, 'worlds'))).filter(isServerId).sort();
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return [];
    throw failure;
  }
}
