import { errnoOf, messageOf, PinkyError } from '@pinky/protocol';
import { ArchiveFile } from '../store/archive-file.js';
import { ownKeys } from '../tar/pax.js';
import type { WorkContext } from '../task/work-context.js';
import { readNote, withCatalogue, writeNote, type BackupNote } from './backup-note.js';
import { openBase } from './find-base.js';
import { listBackups, type StoredBackup } from './list-backups.js';
import { manifestBeside } from './read-manifest.js';
import { WorldCheck } from './world-check.js';

/** How many files a backup's world has, and their bytes. */
export interface Verified {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Reads a backup back, with what an increment needs of its base, and compares each content with the manifest's SHA-256.
 * A backup without a manifest, of an older version, is read by the archive's own checksums. It changes nothing. Throws
 * `bad_archive`, `no_base`, `checksum_mismatch` or `cancelled`.
 */
export async function verifyBackup(path: string, work: WorkContext): Promise<Verified> {
  const archive = await ArchiveFile.open(path);
  try {
    const own = await archive.ownRecords(work);
    const manifest = manifestBeside(path, own);
    if (manifest !== undefined) return await byManifest(path, archive, manifest, work);
    if (own.has(ownKeys.base)) throw noManifest();
    return await byChecksums(archive, work);
  } catch (failure) {
    throw archive.named(failure);
  } finally {
    await archive.close();
  }
}

/** Without its manifest nobody knows what an increment's world lacks. */
export const noManifest = (): PinkyError =>
  new PinkyError('bad_archive', 'it is an incremental backup, and its manifest is not beside it');

async function byManifest(path: string, archive: ArchiveFile, manifest: string, work: WorkContext): Promise<Verified> {
  const check = await WorldCheck.read(manifest, work.signal);
  await check.archive(await archive.entries(work));
  const { base, files, bytes } = check.end;
  if (base) {
    const opened = await openBase(path, base, work);
    try {
      await check.base(await opened.entries(work));
    } finally {
      await opened.close();
    }
  }
  await check.assertWhole();
  return { files, bytes };
}

async function byChecksums(archive: ArchiveFile, work: WorkContext): Promise<Verified> {
  let files = 0;
  let bytes = 0;
  for await (const { type, size } of await archive.entries(work)) {
    if (type !== 'file') continue;
    files += 1;
    bytes += size;
  }
  return { files, bytes };
}

/**
 * Verifies one backup, and writes down when it was found whole, or what is wrong with it. Answers its note, or
 * undefined where there is no such backup. Throws `cancelled`, and whatever kept it from reading: a disk that fails, a
 * key or a program that is not there. That says nothing about the backup, so somebody may try again.
 */
export async function verifyAndNote(
  backupsDir: string,
  serverId: string,
  seconds: number,
  work: WorkContext,
): Promise<BackupNote | undefined> {
  const backup = (await listBackups(backupsDir, serverId)).find((each) => each.seconds === seconds);
  if (!backup) return undefined;
  const outcome = await outcomeOf(backup, work);
  if (!outcome) return undefined;
  const known = readNote(backupsDir, serverId, seconds) ?? (await noteOf(backup, outcome.verified, work));
  return withCatalogue(backupsDir, serverId, work.signal, () => {
    const { verifiedAt: _verified, problem: _problem, ...note } = readNote(backupsDir, serverId, seconds) ?? known;
    const changed: BackupNote = { ...note, ...outcome.verified, ...outcome.written };
    writeNote(backupsDir, serverId, seconds, changed);
    return changed;
  });
}

interface Outcome {
  readonly verified: Verified | undefined;
  readonly written: Pick<BackupNote, 'verifiedAt' | 'problem'>;
}

/** Undefined where the backup was removed in the meantime. */
async function outcomeOf({ path }: StoredBackup, work: WorkContext): Promise<Outcome | undefined> {
  try {
    const verified = await verifyBackup(path, work);
    return { verified, written: { verifiedAt: work.wallNow() } };
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return undefined;
    if (!(failure instanceof PinkyError) || !isOfBackup(failure)) throw failure;
    return { verified: undefined, written: { problem: `${failure.code}: ${messageOf(failure)}` } };
  }
}

const faults: ReadonlySet<string> = new Set(['bad_archive', 'checksum_mismatch', 'no_base']);
/** Node's own errors and those of zlib have other codes. */
const isErrno = /^E(?!RR_)[A-Z0-9]+$/;

/** Whether a failure is one of the backup itself, and not of a disk or a share that could not be read. */
function isOfBackup(failure: PinkyError): boolean {
  for (let cause = failure.cause; cause !== undefined; cause = causeOf(cause))
    if (isErrno.test(errnoOf(cause) ?? '')) return false;
  return faults.has(failure.code);
}

const causeOf = (failure: unknown): unknown =>
  typeof failure === 'object' && failure !== null && 'cause' in failure ? failure.cause : undefined;

/** A note for a backup that has none. The archive itself names its base, if it needs one. */
export async function noteOf(
  { path, kind, seconds }: StoredBackup,
  verified: Verified | undefined,
  work: WorkContext,
): Promise<BackupNote> {
  const archive = await ArchiveFile.open(path);
  try {
    const own = await archive.ownRecords(work).catch(() => undefined); // damaged, as the note will say
    const base = own?.get(ownKeys.base);
    return {
      version: 1,
      kind,
      ...(base !== undefined && { base }),
      sha256: await archive.sha256(work),
      size: archive.bytes,
      files: verified?.files ?? 0,
      bytes: verified?.bytes ?? 0,
      startedAt: seconds * 1000,
    };
  } finally {
    await archive.close();
  }
}
