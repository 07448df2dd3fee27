import { closeSync, fsyncSync, linkSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '@pinky/protocol';
import { renameToFree } from '../kernel/rename.js';
import { backupDir, backupName, listBackups } from './latest-backup.js';

/**
 * Gives a whole archive its name, on the disk for good when this returns. A second backup within a second, or after the
 * clock was set back, gets the second after the newest one. So the newest by name is really the newest.
 */
export async function publish(
  part: string,
  { backupsDir, serverId }: { readonly backupsDir: string; readonly serverId: string },
  wallNow: number,
): Promise<string> {
  const dir = backupDir(backupsDir, serverId);
  const newest = (await listBackups(backupsDir, serverId)).at(-1)?.seconds ?? 0;
  for (let seconds = Math.max(Math.floor(wallNow / 1000), newest + 1); ; seconds++) {
    const path = join(dir, backupName(serverId, seconds));
    try {
      give(part, path);
      syncFolder(dir);
      return path;
    } catch (failure) {
      if (errnoOf(failure) !== 'EEXIST') throw failure;
    }
  }
}

/** link(2) gives the name only where it is free. Some network and FAT file systems have no links. */
function give(part: string, path: string): void {
  try {
    linkSync(part, path);
  } catch (failure) {
    if (!['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(errnoOf(failure) ?? '')) throw failure;
    return renameToFree(part, path);
  }
  unlinkSync(part);
}

/** A name is on the disk when its folder is. Until then, nothing that the backup holds may be removed. */
export function syncFolder(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } catch (failure) {
    if (errnoOf(failure) !== 'EINVAL') throw failure; // a file system that cannot sync a folder, such as some shares
  } finally {
    closeSync(fd);
  }
}
