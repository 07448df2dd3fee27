import { closeSync, lstatSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { freedBy } from '../space/disk-use.js';
import { folderFlags, type ServerFolder } from './server-folder.js';

/** So many things are removed before others are served. */
const atOnce = 256;

/**
 * Removes a folder and everything in it, from one open folder to the next. Others are served in between. Answers how
 * many bytes came free.
 */
export async function removeFolder(parent: () => ServerFolder, path: readonly string[]): Promise<number> {
  const above = parent().folder(path.slice(0, -1));
  const name = path.at(-1) ?? '';
  try {
    const bytes = await empty(parent().folder(path));
    rmdirSync(above.path(name));
    return bytes;
  } finally {
    above.close();
  }
}

async function empty(folder: ServerFolder): Promise<number> {
  try {
    return await emptyAt(folder.path('.'));
  } finally {
    folder.close();
  }
}

/** Names are bytes: not all of them are UTF-8. */
async function emptyAt(folder: string): Promise<number> {
  let bytes = 0;
  for (const [n, name] of readdirSync(folder, 'buffer').entries()) {
    const path = Buffer.concat([Buffer.from(`${folder}/`), name]);
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats?.isDirectory() === true) {
      bytes += await emptyInner(path);
      rmdirSync(path);
    } else if (stats) unlinkSync(path);
    if (stats) bytes += freedBy(stats);
    if (n % atOnce === atOnce - 1) await breathe();
  }
  await breathe();
  return bytes;
}

async function emptyInner(path: Buffer): Promise<number> {
  const fd = openSync(path, folderFlags);
  try {
    return await emptyAt(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}
