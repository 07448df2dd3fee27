import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '@pinky/protocol';
import { syncFolder } from '../backup/publish.js';
import { archiveName, manifestName, parseArchiveName } from '../catalogue/backup-names.js';
import { withCatalogue, writeNote } from '../catalogue/backup-note.js';
import type { KnownBackup } from '../catalogue/list-backups.js';
import { noteOf } from '../catalogue/verify.js';
import type { WorkContext } from '../task/work-context.js';

const noLinks: ReadonlySet<string | undefined> = new Set(['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK']);
const numbered = /\.(\d{1,15})\.(?:incremental\.)?(?:tar\.|manifest\.gz$|note\.json$)/;

/**
 * Gives a backup a second name, which makes it the newest one: the next start goes on from it, and nothing else has to
 * remember that. The archive gets its name last, so a death before leaves no half backup.
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
  return withCatalogue(backupsDir, serverId, work.signal, () => {
    const seconds = Math.max(Math.floor(work.wallNow() / 1_000), newestNumber(dir) + 1);
    const to = join(dir, archiveName({ ...backup, seconds }));
    const { pinnedUntil: _until, because: _because, unchangedAt: _unchanged, copies: _copies, ...note } = known;
    const own = { ...note, restoredFrom: basename(path), restoreId };
    try {
      link(path, beside);
      const manifest = join(dir, manifestName(serverId, backup.seconds));
      if (existsSync(manifest)) link(manifest, join(dir, manifestName(serverId, seconds)));
      writeNote(backupsDir, serverId, seconds, own);
      renameSync(beside, to);
      syncFolder(dir);
    } finally {
      rmSync(beside, { force: true });
    }
    return { ...backup, seconds, path: to, note: own };
  });
}

/** The largest number that an archive, a manifest or a note has, also of a backup that is just being written. */
const newestNumber = (dir: string): number =>
  Math.max(0, ...readdirSync(dir).map((name) =>
    parseArchiveName(name)?.seconds ?? Number(numbered.exec(name)?.[1] ?? 0)));

/** A copy where there are no hard links. */
function link(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (failure) {
    if (!noLinks.has(errnoOf(failure))) throw failure;
    copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const fd = openSync(to, 'r+');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}
