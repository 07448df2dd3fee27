import type { Dirent } from 'node:fs';
import { Pace } from '../archive/pace.js';
import { isGone, OpenFolder, textOf } from '../kernel/open-folder.js';

interface Level {
  readonly path: string;
  readonly folder: OpenFolder;
  readonly entries: Iterator<Dirent>;
}

/**
 * The path of something in a folder that was made or changed after a moment (its ctime; Unix milliseconds). Undefined
 * if nothing was. A removal shows at the folder of what was removed. The folder itself counts by its mtime: moving it
 * changes the other.
 */
export async function changedSince(root: string, sinceMs: number, signal: AbortSignal): Promise<string | undefined> {
  const pace = new Pace(signal, 'the look at a parked world was ended');
  const open: Level[] = [];
  const enter = (path: string, folder: OpenFolder): void => void open.push({ path, folder, entries: folder.entries() });
  enter('', OpenFolder.at(root));
  try {
    if ((open[0]?.folder.stat('.')?.mtimeMs ?? 0) > sinceMs) return '.';
    for (let level = open.at(-1); level; level = open.at(-1)) {
      await pace.step();
      const next = level.entries.next();
      if (next.done) {
        open.pop()?.folder.close();
        continue;
      }
      const path = level.path + next.value.name;
      const stats = level.folder.stat(next.value.name);
      if (!stats || stats.ctimeMs > sinceMs) return textOf(path);
      if (stats.isDirectory()) enter(`${path}/`, level.folder.folder(next.value.name));
    }
    return undefined;
  } catch (error) {
    if (isGone(error)) return '.'; // it is being changed just now
    throw error;
  } finally {
    for (const { folder } of open) folder.close();
  }
}
