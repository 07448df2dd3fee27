import { basename, dirname, join } from 'node:path';
import { PinkyError } from '@pinky/protocol';
import { isThere } from '../kernel/is-there.js';
import { ArchiveFile } from '../store/archive-file.js';
import type { WorkContext } from '../task/work-context.js';

/** The full backup that an increment needs: its archive's name and SHA-256. */
export interface BaseName {
  readonly archive: string;
  readonly sha256: string;
}

/** Where second names of the full backups are that increments need. Older versions remove none of them. */
export const basesDir = '.bases';

/**
 * Opens the base of an increment: beside it, or in `.bases/` beside it. Throws `no_base` where it is missing or is
 * another archive than the increment was made against.
 */
export async function openBase(increment: string, base: BaseName, work: WorkContext): Promise<ArchiveFile> {
  const dir = dirname(increment);
  const places = [join(dir, base.archive), join(dir, basesDir, base.archive)];
  const found = places.filter(isThere);
  for (const path of found) {
    const archive = await ArchiveFile.open(path);
    try {
      if ((await archive.sha256(work)) === base.sha256) return archive;
    } catch (failure) {
      await archive.close();
      throw failure;
    }
    await archive.close();
  }
  throw noBase(basename(increment), base, found[0] === undefined
    ? `it is neither in ${dir} nor in ${join(dir, basesDir)}`
    : `${found[0]} is another archive than the one it was made against`);
}

export const noBase = (increment: string, base: BaseName, why: string): PinkyError =>
  new PinkyError('no_base', `the incremental backup ${increment} needs the full backup ${base.archive}: ${why}`);
