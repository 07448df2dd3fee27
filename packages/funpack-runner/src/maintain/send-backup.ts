import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { archiveName, backupDir, manifestName, noteName } from '../catalogue/backup-names.js';
import { noteIn, readNote, withCatalogue, writeNote, type BackupNote } from '../catalogue/backup-note.js';
import type { StoredBackup } from '../catalogue/list-backups.js';
import { noteOf } from '../catalogue/verify.js';
import { remoteFolder } from '../remote/store-address.js';
import type { Store, StoredFile } from '../remote/store.js';
import type { FileToSend } from '../s3/multipart.js';
import { seal } from '../seal/seal.js';
import { isSealed, unseal } from '../seal/unseal.js';
import type { WorkContext } from '../task/work-context.js';

export interface UploadContext {
  /** `$BACKUPS`. */
  readonly backupsDir: string;
  readonly store: Store;
  readonly work: WorkContext;
  /** The box's newest key. */
  readonly newestKey?: () => Buffer | undefined;
}

/** A backup that the store does not have yet. */
export interface Pending extends StoredBackup {
  readonly size: number;
  readonly note: BackupNote | undefined;
}

/** How far the sending of one archive is. */
export const progressName = (seconds: number): string => `.${seconds}.upload.json`;
/** A manifest or a note that is encrypted for the store. No backup takes it for one of its own half written files. */
export const sealedName = (seconds: number): string => `.${seconds}.seal`;

/** The archive goes last: what a store lists is there with its manifest and its note. False where it is gone. */
export async function sendBackup(context: UploadContext, backup: Pending): Promise<boolean> {
  try {
    const note = backup.note ?? (await newNote(context, backup));
    if (!note) return false;
    await sendAll(context, backup, note);
    await changed(context, backup, note, (now) => ({
      ...now,
      copies: { ...now.copies, [context.store.url]: { at: context.work.wallNow() } },
    }));
    return true;
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT' && !existsSync(backup.path)) return false; // removed in the meantime
    throw failure;
  }
}

async function sendAll(context: UploadContext, backup: Pending, { sha256 }: BackupNote): Promise<void> {
  const { backupsDir, store, work } = context;
  const { serverId, seconds, path, size } = backup;
  const dir = backupDir(backupsDir, serverId);
  const name = `${remoteFolder(serverId)}/${archiveName(backup)}`;
  const there = await store.stat(name);
  const isSent = there !== undefined && (await isSame(context, backup, there, sha256));
  for (const beside of [manifestName(serverId, seconds), noteName(serverId, seconds)])
    if (existsSync(join(dir, beside))) await sendBeside(context, backup, beside);
  if (isSent) return;
  const progressFile = join(dir, progressName(seconds));
  const onSent = (done: number): void => work.onProgress({ label: 'upload', done, total: size });
  await store.send(name, { path, size, sha256, progressFile, onSent });
}

/**
 * Whether the archive of that name in the store is whole and this one. Where the store does not know its SHA-256, the
 * note beside it does, which was sent before it. One without a note was put there by somebody else: it may be the same
 * one, and is sent again, if it has the same size. Throws `checksum_mismatch` where it is another archive.
 */
async function isSame(context: UploadContext, backup: Pending, there: StoredFile, sha256: string): Promise<boolean> {
  const { store } = context;
  const known = there.sha256 ?? (await sumInStore(context, backup));
  if (known === sha256) return there.size === backup.size;
  if (known === undefined && there.size === backup.size) return false;
  throw new PinkyError(
    'checksum_mismatch',
    `${store.url}${remoteFolder(backup.serverId)}/${archiveName(backup)} is there already, and is another archive; ` +
      'give each box a place of its own in the store, such as s3://bucket/box-1',
  );
}

/** The note in the store. Undefined without a note, and an empty text for one that cannot be read. */
async function sumInStore(
  { store, work }: UploadContext,
  { serverId, seconds }: Pending,
): Promise<string | undefined> {
  const content = await store.read?.(`${remoteFolder(serverId)}/${noteName(serverId, seconds)}`);
  if (!content) return undefined;
  try {
    return noteIn(await opened(content, work))?.sha256 ?? '';
  } catch (failure) {
    if (failure instanceof PinkyError && ['no_key', 'bad_archive'].includes(failure.code)) return ''; // not our key
    throw failure;
  }
}

async function opened(content: Buffer, { findKey = () => undefined }: WorkContext): Promise<string> {
  if (!isSealed(content)) return content.toString('utf8');
  const chunks: Buffer[] = [];
  for await (const chunk of unseal(Readable.from([content]), findKey)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** Manifest and note name files of the world, so a store gets those of a sealed archive sealed too. */
async function sendBeside(context: UploadContext, backup: Pending, beside: string): Promise<void> {
  const { backupsDir, store, newestKey } = context;
  const { serverId, seconds, isEncrypted } = backup;
  const dir = backupDir(backupsDir, serverId);
  const name = `${remoteFolder(serverId)}/${beside}`;
  const content = await readFile(join(dir, beside));
  if (!isEncrypted) return store.send(name, fileOf(join(dir, beside), content));
  const key = newestKey?.();
  if (!key) throw new PinkyError('no_key', `${join(dir, beside)}: the key of its archive is not on this box`);
  const path = join(dir, sealedName(seconds));
  const chunks: Buffer[] = [];
  for await (const chunk of seal(Readable.from([content]), key)) chunks.push(chunk);
  const sealed = Buffer.concat(chunks);
  try {
    await writeFile(path, sealed, { mode: 0o600 });
    await store.send(name, fileOf(path, sealed));
  } finally {
    await rm(path, { force: true });
  }
}

const fileOf = (path: string, content: Buffer): FileToSend =>
  ({ path, size: content.length, sha256: createHash('sha256').update(content).digest('hex') });

/** A backup of an older version, or one that somebody put there, has no note. It gets one, which the store needs. */
const newNote = async (context: UploadContext, backup: Pending): Promise<BackupNote | undefined> =>
  changed(context, backup, await noteOf(backup, undefined, context.work), (note) => note);

/** Changes the note of a backup, or writes the one that is known. Undefined where the archive is gone. */
const changed = (
  { backupsDir, work }: UploadContext,
  { serverId, seconds, path }: Pending,
  known: BackupNote,
  change: (note: BackupNote) => BackupNote,
): Promise<BackupNote | undefined> =>
  withCatalogue(backupsDir, serverId, work.signal, () => {
    if (!existsSync(path)) return undefined; // a note without its archive would be left for ever
    const note = change(readNote(backupsDir, serverId, seconds) ?? known);
    writeNote(backupsDir, serverId, seconds, note);
    return note;
  });
