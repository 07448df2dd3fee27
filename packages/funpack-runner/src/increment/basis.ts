import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArchiveName, backupDir, manifestName } from '../catalogue/backup-names.js';
import { readNote, type BackupNote } from '../catalogue/backup-note.js';
import { listBackups, type StoredBackup } from '../catalogue/list-backups.js';
import type { BackupTask } from '../task/tasks.js';
import { KnownWorld } from './known-world.js';
import { untoldMs } from './untold-writes.js';

/** The backups that the next one may build on. */
export interface Basis {
  readonly known: KnownWorld;
  /** The newest backup, whose world is known. It may be the base itself. */
  readonly newest: StoredBackup;
  readonly note: BackupNote;
  /** The full backup that an increment would need. */
  readonly base: { readonly archive: string; readonly sha256: string };
  /** How many bytes of files an increment may have. Below 0: there may be none, only the news that nothing changed. */
  readonly mostBytes: number;
}

/** An increment with more than this share of the world would save too little, and each restore reads two archives. */
const mostShare = 0.5;
const defaultFullEveryMs = 24 * 60 * 60_000;
const onlyLook = -1;

/**
 * Undefined where the next backup has to be a full one, whatever has changed: there is none, it is of an older version,
 * or something is wrong with it or with its base.
 */
export async function basisOf(task: BackupTask, startedAt: number): Promise<Basis | undefined> {
  const { backupsDir, serverId } = task;
  if (task.isForced) return undefined;
  const newest = (await listBackups(backupsDir, serverId)).at(-1);
  const note = newest && sound(task, newest);
  if (!note || (task.isFinal && newest.kind !== 'full')) return undefined;
  const manifest = join(backupDir(backupsDir, serverId), manifestName(serverId, newest.seconds));
  const seen = { unchangedAt: note.unchangedAt, untoldMs: untoldMs(task.workingDir) };
  const known = await KnownWorld.read(manifest, seen);
  if (!known || known.end.kind !== newest.kind) return undefined;
  const base = baseOf(task, newest, note, known);
  if (!base) return undefined;
  const isOld = startedAt - base.startedAt >= (task.fullEveryMs ?? defaultFullEveryMs);
  const mayAdd = task.incremental !== false && !task.isFinal && !isOld && startedAt >= base.startedAt;
  return {
    known,
    newest,
    note,
    base: { archive: base.archive, sha256: base.sha256 },
    mostBytes: mayAdd ? Math.max(known.end.bytes * mostShare, 0) : onlyLook,
  };
}

interface Base {
  readonly archive: string;
  readonly sha256: string;
  readonly startedAt: number;
}

function baseOf(task: BackupTask, newest: StoredBackup, note: BackupNote, { end }: KnownWorld): Base | undefined {
  if (newest.kind === 'full') return { archive: nameOf(newest), sha256: note.sha256, startedAt: note.startedAt };
  const named = end.base && parseArchiveName(end.base.archive);
  if (!end.base || !named) return undefined;
  const path = join(backupDir(task.backupsDir, task.serverId), end.base.archive);
  const itsNote = sound(task, { ...named, path });
  if (itsNote?.sha256 !== end.base.sha256) return undefined;
  return { ...end.base, startedAt: itsNote.startedAt };
}

/** The note of an archive that is there, as long as it was, and that nobody found anything wrong with. */
function sound({ backupsDir, serverId }: BackupTask, { path, seconds, kind }: StoredBackup): BackupNote | undefined {
  const note = readNote(backupsDir, serverId, seconds);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  return note?.kind === kind && note.size === size && note.problem === undefined ? note : undefined;
}

const nameOf = ({ path }: StoredBackup): string => path.slice(path.lastIndexOf('/') + 1);
