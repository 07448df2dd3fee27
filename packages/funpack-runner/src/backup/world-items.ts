import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join, sep } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import type { PackItem } from '../archive/pack.js';
import { isInnerLink } from '../archive/safe-path.js';
import { matcherOf } from './glob.js';

/** The part of `working/` that belongs to the world. */
export interface WorldSelection {
  /** Relative paths. Absent: everything. */
  readonly paths?: readonly string[];
  /** Patterns of paths that do not belong to it. */
  readonly exclude?: readonly string[];
}

/**
 * Everything that belongs to a world, each item once, and a folder before what is in it. Sockets, FIFOs and devices are
 * left out. So are links that lead out of the folder: an archive with one could not be restored, and `bin/prepare`
 * makes them again. A missing path is left out too, because a young world may lack it.
 */
export async function* worldItems(root: string, selection: WorldSelection): AsyncGenerator<PackItem> {
  const isExcluded = matcherOf(selection.exclude ?? []);
  const seen = new Set<string>();
  for (const path of selection.paths ?? ['.']) {
    const parts = partsOf(path);
    await assertInside(root, parts);
    yield* below(parts);
  }

  async function* below(parts: readonly string[]): AsyncGenerator<PackItem> {
    const path = parts.join('/');
    if (seen.has(path) || isExcluded(path)) return;
    seen.add(path);
    const stats = await lstatOrGone(join(root, path));
    const type = stats && typeOf(stats);
    if (!type) return;
    if (type === 'symlink' && !(await leadsInside(root, parts))) return;
    if (path !== '') yield { path, type };
    if (type !== 'directory') return;
    for (const name of (await namesIn(join(root, path))).sort()) yield* below([...parts, name]);
  }
}

function partsOf(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || parts.includes('..')) {
    throw new PinkyError('import_failed', `the path ${JSON.stringify(path)} to back up leaves working/`);
  }
  return parts;
}

/**
 * A path may go through links, but not out of the folder. A file outside that a game links to is not its world, and may
 * be a secret.
 */
async function assertInside(root: string, parts: readonly string[]): Promise<void> {
  const [real, folder] = await Promise.all([realpath(root), realpathOrGone(join(root, ...parts.slice(0, -1)))]);
  if (folder === undefined || folder === real || folder.startsWith(`${real}${sep}`)) return;
  throw new PinkyError(
    'import_failed',
    `the path ${JSON.stringify(parts.join('/'))} to back up leaves working/ through a link`,
  );
}

async function realpathOrGone(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (failure) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(failure) ?? '')) return undefined;
    throw failure;
  }
}

function typeOf(stats: Stats): PackItem['type'] | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : undefined;
}

async function leadsInside(root: string, parts: readonly string[]): Promise<boolean> {
  try {
    return isInnerLink(parts, await readlink(join(root, ...parts)));
  } catch (failure) {
    if (['ENOENT', 'EINVAL'].includes(errnoOf(failure) ?? '')) return false; // removed or replaced meanwhile
    throw failure;
  }
}

async function lstatOrGone(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (failure) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(failure) ?? '')) return undefined;
    throw failure;
  }
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (failure) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(failure) ?? '')) return []; // removed meanwhile
    throw failure;
  }
}
