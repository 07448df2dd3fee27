import type { BackupNote } from '../catalogue/backup-note.js';
import { readNote, withCatalogue, writeNote } from '../catalogue/backup-note.js';
import type { KnownBackup } from '../catalogue/list-backups.js';
import { noteOf } from '../catalogue/verify.js';
import type { WorkContext } from '../task/work-context.js';

const hourMs = 3_600_000;
/** So long the world before a restore stays, milliseconds. */
const presentMs = 30 * 24 * hourMs;

/** Changes the note of a backup. One that has none gets one, for which the archive is read once. */
export async function noted(
  backupsDir: string,
  backup: KnownBackup,
  change: (note: BackupNote) => BackupNote,
  work: WorkContext,
): Promise<KnownBackup> {
  const { serverId, seconds } = backup;
  const known = backup.note ?? (await noteOf(backup, undefined, work));
  return withCatalogue(backupsDir, serverId, work.signal, () => {
    const note = change(readNote(backupsDir, serverId, seconds) ?? known);
    writeNote(backupsDir, serverId, seconds, note);
    return { ...backup, note };
  });
}

/** Pinned until then, and no shorter than it was. */
export const pinned = (until: number | 'ever', because: string) => (note: BackupNote): BackupNote => {
  const before = note.pinnedUntil ?? 0;
  const isLonger = before === 'ever' || (until !== 'ever' && before >= until);
  return isLonger ? note : { ...note, pinnedUntil: until, because };
};

export function unpinned({ pinnedUntil: _until, because: _because, ...note }: BackupNote): BackupNote {
  return note;
}

const heldBecause = 'a restore is about to use it';

/** Nothing removes it while a restore stops the server, which writes a backup of its own. */
export const heldForRestore = (now: number) => pinned(now + hourMs, heldBecause);

/** The restore is over. A pin of somebody else stays. */
export const released = (note: BackupNote): BackupNote => (note.because === heldBecause ? unpinned(note) : note);

export const pinnedAsPresent = (now: number) => pinned(now + presentMs, 'the world before a restore');
