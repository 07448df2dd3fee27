import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { manifestName, noteName } from '../catalogue/backup-names.js';
import { readNote, withCatalogue, type BackupNote } from '../catalogue/backup-note.js';
import { listBackups, type StoredBackup } from '../catalogue/list-backups.js';
import type { BackupTask } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { basesFolder } from './publish.js';

interface Known extends StoredBackup {
  readonly note: BackupNote | undefined;
}

/**
 * Removes the oldest backups beyond `keep`, with all that lies beside them. A pinned one stays, and so does a base that
 * an increment needs: to remove one of its two names would free nothing.
 */
export const prune = ({ backupsDir, serverId, keep }: BackupTask, work: WorkContext): Promise<void> =>
  withCatalogue(backupsDir, serverId, work.signal, async () => {
    const all = (await listBackups(backupsDir, serverId))
      .map((one): Known => ({ ...one, note: readNote(backupsDir, serverId, one.seconds) }));
    const kept = all.slice(-Math.max(1, keep));
    for (const one of all.slice(0, -Math.max(1, keep)).reverse()) {
      if (isPinned(one, work.wallNow()) || isBase(one, kept)) kept.push(one);
      else remove(one);
    }
    const newest = all.at(-1);
    if (newest) removeBases(join(newest.path, '..', basesFolder), kept);
  });

function remove({ path, serverId, seconds }: StoredBackup): void {
  rmSync(path, { force: true }); // first: a manifest without its archive is nothing
  for (const name of [manifestName(serverId, seconds), noteName(serverId, seconds)])
    rmSync(join(path, '..', name), { force: true });
}

const isPinned = ({ note }: Known, now: number): boolean =>
  note?.pinnedUntil === 'ever' || (note?.pinnedUntil ?? 0) > now;

const isBase = ({ path }: Known, kept: readonly Known[]): boolean =>
  kept.some(({ note }) => note?.base === basename(path));

/** A second name that no backup needs any more holds disk space for nothing. */
function removeBases(bases: string, kept: readonly Known[]): void {
  if (!existsSync(bases)) return;
  const needed = new Set(kept.map(({ note }) => note?.base));
  // an increment without a note may need any of them
  if (kept.some(({ kind, note }) => kind === 'incremental' && !note)) return;
  for (const name of readdirSync(bases)) if (!needed.has(name)) rmSync(join(bases, name), { force: true });
}
