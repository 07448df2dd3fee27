import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { partsIn } from '../backup/part-writer.js';
import { manifestName, noteName } from '../catalogue/backup-names.js';
import { basesDir } from '../catalogue/find-base.js';
import type { KnownBackup, StoredBackup } from '../catalogue/list-backups.js';

/** Removes a backup, with all that lies beside it. To be called under `withCatalogue`. */
export function removeBackup({ path, serverId, seconds }: StoredBackup): void {
  rmSync(path, { force: true }); // first: what lies beside an archive means nothing without it
  for (const name of [manifestName(serverId, seconds), noteName(serverId, seconds)])
    rmSync(join(dirname(path), name), { force: true });
}

/**
 * Removes the second names of bases that no backup needs any more. To be called under `withCatalogue`. One that was
 * made a moment ago may belong to an increment that is still being written.
 */
export function removeBases(dir: string, left: readonly KnownBackup[], isWriting: boolean): void {
  const bases = join(dir, basesDir);
  // an increment that does not say its base may need any of them
  const isUnsure = left.some(({ kind, note }) => kind === 'incremental' && note?.base === undefined);
  if (isUnsure || isWriting || !existsSync(bases)) return;
  const needed = new Set(left.map(({ note }) => note?.base));
  for (const name of readdirSync(bases)) if (!needed.has(name)) rmSync(join(bases, name), { force: true });
}

/** Whether another runner is writing a backup in this folder. */
export const isWritten = (dir: string): boolean =>
  existsSync(dir) && partsIn(dir).some(({ isAlive }) => isAlive);
