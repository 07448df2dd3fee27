import { createReadStream, createWriteStream, linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errnoOf } from '@pinky/protocol';
import { syncFolder } from '../backup/publish.js';
import { archiveName, manifestName, parseArchiveName } from '../catalogue/backup-names.js';
import { withCatalogue, writeNote, type BackupNote } from '../catalogue/backup-note.js';
import type { KnownBackup } from '../catalogue/list-backups.js';
import { noteOf } from '../catalogue/verify.js';
import { isThere } from '../kernel/is-there.js';
import type { WorkContext } from '../task/work-context.js';
import { getArchive, type GotArchive } from './get-archive.js';

const noLinks: ReadonlySet<string | undefined> = new Set(['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK']);
const numbered = /\.(\d{1,15})\.(?:incremental\.)?(?:tar\.|manifest\.gz$|note\.json$)/;

const noSpace: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Gives a backup a second name, which makes it the newest one: the next start goes on from it, and nothing else has to
 * remember that. The archive gets its name last, so a death before leaves no half backup. The newest backup is a full
 * one then, because a version before increments passes over them: an increment is put together with its base. Where the
 * disk has no space for that, the second name is an increment too.
 */
export async function giveSecondName(
  backupsDir: string,
  backup: KnownBackup,
  restoreId: string,
  work: WorkContext,
): Promise<KnownBackup> {
  const { serverId, path } = backup;
  const known = backup.note ?? (await noteOf(backup, undefined, work));
  const dir = dirname(path);
  const beside = join(dir, `.${process.pid}.part`);
  const manifestBeside = join(dir, `.${process.pid}.manifest.tmp`);
  const remove = (): void => [beside, manifestBeside].forEach((path) => rmSync(path, { force: true }));
  remove(); // of a process with our pid that died
  try {
    const whole = await wholeOf(backup, beside, work);
    // Before the lock is taken: without hard links these are copies, which take long.
    const hasManifest = !whole && (await linkWithManifest(backup, beside, manifestBeside, work.signal));
    return await withCatalogue(backupsDir, serverId, work.signal, () => {
      const seconds = Math.max(Math.floor(work.wallNow() / 1_000), newestNumber(dir) + 1);
      const form = whole && ({ kind: 'full', format: 'lzo', size: whole.size } as const);
      const named: KnownBackup = { ...backup, seconds, ...form };
      const to = join(dir, archiveName(named));
      const note: BackupNote = { ...noteFor(known, whole), restoredFrom: basename(path), restoreId };
      if (hasManifest) renameSync(manifestBeside, join(dir, manifestName(serverId, seconds)));
      writeNote(backupsDir, serverId, seconds, note);
      renameSync(beside, to);
      syncFolder(dir);
      return { ...named, path: to, note };
    });
  } finally {
    remove();
  }
}

/**
 * Writes an increment and its base as one archive. It has no manifest, so it is verified by its own checksums. An
 * encrypted one stays as it is: it must not lie there in the open, and the version before opens none.
 */
async function wholeOf(
  { kind, isEncrypted, path }: KnownBackup,
  to: string,
  work: WorkContext,
): Promise<GotArchive | undefined> {
  if (kind === 'full' || isEncrypted) return undefined;
  try {
    return await getArchive(path, to, work);
  } catch (failure) {
    if (noSpace.has(errnoOf(failure))) return undefined;
    throw failure;
  }
}

/** The facts of the one backup that hold for its second name. */
function noteFor(known: BackupNote, whole: GotArchive | undefined): BackupNote {
  const { pinnedUntil: _until, because: _because, unchangedAt: _unchanged, copies: _copies, ...note } = known;
  if (!whole) return note;
  const { base: _base, verifiedAt: _verified, ...rest } = note;
  return { ...rest, kind: 'full', sha256: whole.sha256, size: whole.size };
}

/** Whether it has a manifest. */
async function linkWithManifest(
  { path, serverId, seconds }: KnownBackup,
  beside: string,
  manifestBeside: string,
  signal: AbortSignal,
): Promise<boolean> {
  await link(path, beside, signal);
  const manifest = join(dirname(path), manifestName(serverId, seconds));
  if (!isThere(manifest)) return false;
  await link(manifest, manifestBeside, signal);
  return true;
}

/** The largest number that an archive, a manifest or a note has, also of a backup that is just being written. */
const newestNumber = (dir: string): number =>
  Math.max(0, ...readdirSync(dir).map((name) =>
    parseArchiveName(name)?.seconds ?? Number(numbered.exec(name)?.[1] ?? 0)));

/** A copy, on the disk when this resolves, where there are no hard links. */
async function link(from: string, to: string, signal: AbortSignal): Promise<void> {
  try {
    linkSync(from, to);
  } catch (failure) {
    if (!noLinks.has(errnoOf(failure))) throw failure;
    const copy = createWriteStream(to, { flags: 'wx', mode: 0o600, flush: true });
    await pipeline(createReadStream(from), copy, { signal });
  }
}
