import { rmdirSync, unlinkSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { freedBy } from '../space/disk-use.js';
import type { ServerFolder } from './server-folder.js';

/**
 * Removes a folder and everything in it, from one open folder to the next. Others are served in between. Answers how
 * many bytes came free.
 */
export async function removeFolder(parent: () => ServerFolder, path: readonly string[]): Promise<number> {
  const above = parent().folder(path.slice(0, -1));
  const name = path.at(-1) ?? '';
  try {
    const bytes = await empty(parent, path);
    rmdirSync(above.path(name));
    return bytes;
  } finally {
    above.close();
  }
}

async function empty(parent: () => ServerFolder, path: readonly string[]): Promise<number> {
  const folder = parent().folder(path);
  let bytes = 0;
  try {
    for (const { name, stats } of folder.entries()) {
      if (stats.isDirectory()) {
        bytes += await empty(parent, [...path, name]);
        rmdirSync(folder.path(name));
      } else unlinkSync(folder.path(name));
      bytes += freedBy(stats);
    }
  } finally {
    folder.close();
  }
  await breathe();
  return bytes;
}
