import { closeSync, existsSync, fsyncSync, linkSync, openSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '@pinky/protocol';
import { basesDir } from '../catalogue/find-base.js';
import { isThere } from '../kernel/is-there.js';
import { makeFolder } from '../kernel/make-folder.js';
import { renameToFree } from '../kernel/rename.js';

/**
 * Gives a whole archive its name, on the disk for good when this returns. Throws EEXIST where another has that name.
 */
export function publish(part: string, path: string): void {
  give(part, path);
  syncFolder(dirname(path));
}

const hasNoLinks = (failure: unknown): boolean =>
  ['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(errnoOf(failure) ?? '');

/** link(2) gives the name only where it is free. Some network and FAT file systems have no links. */
function give(part: string, path: string): void {
  try {
    linkSync(part, path);
  } catch (failure) {
    if (!hasNoLinks(failure)) throw failure;
    return renameToFree(part, path);
  }
  unlinkSync(part);
}

/**
 * Gives the base of an increment its second name. An older version of Pinky removes the oldest backups by their names,
 * and does not know what needs them. A file system without links has one name of it, which `prune` spares.
 */
export function keepBase(dir: string, archive: string): void {
  const bases = join(dir, basesDir);
  const second = join(bases, archive);
  if (existsSync(second)) return;
  makeFolder(bases, 0o700);
  try {
    linkSync(join(dir, archive), second);
  } catch (failure) {
    if (!hasNoLinks(failure) && errnoOf(failure) !== 'EEXIST') throw failure;
  }
  syncFolder(bases);
}

/** Whether the base of an increment is there, under either of its names. */
export const hasBase = (dir: string, archive: string): boolean =>
  [join(dir, archive), join(dir, basesDir, archive)].some(isThere);

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
