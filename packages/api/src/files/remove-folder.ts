import { rmdirSync, unlinkSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import type { ServerFolder } from './server-folder.js';

/** Removes a folder and everything in it, from one open folder to the next. Others are served in between. */
export async function removeFolder(parent: () => ServerFolder, path: readonly string[]): Promise<void> {
  const above = parent().folder(path.slice(0, -1));
  const name = path.at(-1) ?? '';
  try {
    await empty(parent, path);
    rmdirSync(above.path(name));
  } finally {
    above.close();
  }
}

async function empty(parent: () => ServerFolder, path: readonly string[]): Promise<void> {
  const folder = parent().folder(path);
  try {
    for (const { name, stats } of folder.entries()) {
      if (stats.isDirectory()) {
        await empty(parent, [...path, name]);
        rmdirSync(folder.path(name));
      } else unlinkSync(folder.path(name));
    }
  } finally {
    folder.close();
  }
  await breathe();
}
