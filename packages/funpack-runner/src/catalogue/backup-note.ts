import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, parseObject, type BackupGaps } from '@pinky/protocol';
import { withLock } from '../store/lock.js';
import { backupDir, noteName, type BackupKind } from './backup-names.js';

/**
 * Everything that is known of one backup, in `<id>.<seconds>.note.json` beside it. A backup of an older version, or one
 * that somebody copied there, has none. All times are Unix milliseconds.
 */
export interface BackupNote {
  readonly version: 1;
  readonly kind: BackupKind;
  /** The archive's name of the full backup that this increment needs. */
  readonly base?: string;
  /** SHA-256 in lower-case hex and bytes of the archive. */
  readonly sha256: string;
  readonly size: number;
  /** How many files the world has, and their bytes, whether they are in this archive or in its base. */
  readonly files: number;
  readonly bytes: number;
  /** When the backup began. Later changes of the world are not in it. */
  readonly startedAt: number;
  /** A later look found the world unchanged: the backup counts as that new. */
  readonly unchangedAt?: number;
  readonly gaps?: BackupGaps;
  /** The game was ended by force in the midst of its end, so what it saved last may be torn. */
  readonly isUnclean?: true;
  /** Never removed by age or space before this time. `'ever'`: never. */
  readonly pinnedUntil?: number | 'ever';
  /** Why it is pinned, or what it was made for, for people. */
  readonly because?: string;
  /** The whole archive was read back, and agreed with its manifest. */
  readonly verifiedAt?: number;
  /** The reading found this wrong. */
  readonly problem?: string;
  /** Which older backup this one is a second name of, after a restore. */
  readonly restoredFrom?: string;
  /** The restore that made this second name. One that is taken up again makes no other. */
  readonly restoreId?: string;
  /** Where else the archive lies, by the store's address. */
  readonly copies?: Readonly<Record<string, { readonly at: number }>>;
}

/** Undefined where there is none. Throws where a disk fails: an empty note in its place would lose pins. */
export function readNote(backupsDir: string, serverId: string, seconds: number): BackupNote | undefined {
  try {
    return noteIn(readFileSync(join(backupDir(backupsDir, serverId), noteName(serverId, seconds)), 'utf8'));
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return undefined;
    throw failure;
  }
}

/** The note of that text. Undefined where it is none, or one of a newer version. */
export const noteIn = (text: string): BackupNote | undefined => checked(parseObject(text));

/** Only Pinky writes these files, in a folder of its own. */
const checked = (value: Readonly<Record<string, unknown>> | undefined): BackupNote | undefined =>
  value?.['version'] === 1 ? (value as unknown as BackupNote) : undefined;

/** Writes a note whole, on the disk when this returns. Its folder is synced with the archive's name. */
export function writeNote(backupsDir: string, serverId: string, seconds: number, note: BackupNote): void {
  const path = join(backupDir(backupsDir, serverId), noteName(serverId, seconds));
  const beside = `${path}.${process.pid}.tmp`;
  try {
    const fd = openSync(beside, 'w', 0o600);
    try {
      writeFileSync(fd, `${JSON.stringify(note)}\n`); // one write(2) may take fewer bytes than it is given
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/**
 * Does `work` while no other process changes this server's backups: writes a note, removes an archive, gives one a
 * second name. Never held while an archive is read or written. The signal that `work` gets also aborts when the lock is
 * lost: then nothing more may be changed.
 */
export const withCatalogue = <T>(
  backupsDir: string,
  serverId: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> => withLock(join(backupDir(backupsDir, serverId), '.lock'), { signal }, async (held) => work(held));
