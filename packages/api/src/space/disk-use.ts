import type { BigIntStats } from 'node:fs';
import { lstat, open, opendir } from 'node:fs/promises';
import { errnoOf } from '@pinky/protocol';
import { folderFlags } from '../files/server-folder.js';

/** The unit of `blocks`, whatever the file system: stat(2). */
const unitBytes = 512n;
/** Folders deeper than this are not gone into: each holds a descriptor, and no path in an archive reaches them. */
const mostDeep = 2_048;
/** File systems give space out in such pieces, bytes. */
const pieceBytes = 4096;

type Stats = Pick<BigIntStats, 'blocks' | 'nlink' | 'ino' | 'isDirectory'>;

/** The space that something takes by itself, bytes. */
export const spaceOf = ({ blocks }: Pick<BigIntStats, 'blocks'>): number => Number(blocks * unitBytes);

/** The space that comes free when this name goes, bytes: none where the file has another name. */
export const freedBy = (stats: Stats): number => (stats.isDirectory() || stats.nlink === 1n ? spaceOf(stats) : 0);

/** The space that a file of this length will take, bytes. */
export const spaceFor = (bytes: number): number => Math.ceil(bytes / pieceBytes) * pieceBytes;

/**
 * The space of everything in a folder, bytes. It goes on from one open folder to the next, so that nobody leads it out
 * by a link, and leaves the other requests their turn. A file with several names is counted once. `path` must go on
 * from an open folder; names for which `isLeftOut` answers true do not count.
 */
export async function diskUse(path: string, isLeftOut: (name: string) => boolean = () => false): Promise<number> {
  const seen = new Set<bigint>();
  const ofFolder = async (folder: string | Buffer, depth: number): Promise<number> => {
    const handle = await open(folder, folderFlags).catch(absent);
    if (!handle) return 0;
    let bytes = 0;
    const folders: Buffer[] = [];
    try {
      const here = `/proc/self/fd/${handle.fd}`;
      // Names are bytes: not all of them are UTF-8.
      for await (const { name } of await opendir(here, { encoding: 'latin1' })) {
        if (isLeftOut(name)) continue;
        const inner = Buffer.from(`${here}/${name}`, 'latin1');
        const stats = await lstat(inner, { bigint: true }).catch(absent);
        if (!stats || seen.has(stats.ino)) continue;
        if (!stats.isDirectory() && stats.nlink > 1n) seen.add(stats.ino);
        bytes += spaceOf(stats);
        if (stats.isDirectory() && depth < mostDeep) folders.push(inner);
      }
      // Only now: the list is closed, so each folder on the way holds one descriptor.
      for (const inner of folders) bytes += await ofFolder(inner, depth + 1);
    } finally {
      await handle.close();
    }
    return bytes;
  };
  return ofFolder(path, 0);
}

/** It is gone meanwhile, or another thing has taken its place. */
function absent(failure: unknown): undefined {
  if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(errnoOf(failure) ?? '')) return undefined;
  throw failure;
}
