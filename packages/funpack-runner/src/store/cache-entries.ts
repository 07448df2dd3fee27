import type { Dirent } from 'node:fs';
import { lstat, lutimes, opendir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, isServerId, serverPaths } from '@pinky/protocol';
import { isRecord } from '../funpack/checks.js';

/** A part of the cache: a funpack's unpacked archive, what its bin/bootstrap fetched, or the archive of a world. */
export interface CacheEntry {
  readonly digest: string;
  /** A link is removed before its folder, so it never leads nowhere. */
  readonly paths: readonly string[];
  /** Unix milliseconds. Every start renews the modification time, and so does `markUsed`. */
  readonly usedAt: number;
}

/** The folders that say which funpacks are used: `$SERVERS`, and the box's definitions. */
export interface UsedBy {
  readonly servers: string;
  readonly definitions?: string;
}

const digestPattern = /^([0-9a-f]{64})(\.data|\.lock)?$/;

/** Everything in the cache that has a digest as its name. `cacheDir` is `$PINKY_HOME/cache`. */
export async function cacheEntries(cacheDir: string): Promise<CacheEntry[]> {
  const folders = await Promise.all(['funpacks', 'worlds', 'shared'].map((name) => entriesIn(join(cacheDir, name))));
  return folders.flat();
}

async function entriesIn(dir: string): Promise<CacheEntry[]> {
  const byDigest = new Map<string, string[]>();
  for (const name of (await readdirOrNone(dir)).map((entry) => entry.name).sort()) {
    const digest = digestPattern.exec(name)?.[1];
    if (digest !== undefined) byDigest.set(digest, [...(byDigest.get(digest) ?? []), join(dir, name)]);
  }
  return Promise.all(
    [...byDigest].map(async ([digest, paths]) => ({
      digest,
      paths,
      usedAt: Math.max(...(await Promise.all(paths.map(modifiedAt)))),
    })),
  );
}

/** When the path was modified, Unix milliseconds. 0 if there is nothing. */
export async function modifiedAt(path: string): Promise<number> {
  try {
    return (await lstat(path)).mtimeMs;
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return 0;
    throw failure;
  }
}

/** Marks the paths as used now. */
export async function markUsed(paths: readonly string[], wallNow: number): Promise<void> {
  // It is gone, or belongs to another user: then it only looks older.
  for (const path of paths) await lutimes(path, wallNow / 1000, wallNow / 1000).catch(() => undefined);
}

/** The disk space of files and folders, bytes. */
export async function diskUse(paths: readonly string[]): Promise<number> {
  let bytes = 0;
  const walk = async (path: string): Promise<void> => {
    const stats = await lstat(path).catch(() => undefined); // gone meanwhile
    if (!stats) return;
    bytes += stats.blocks * 512;
    if (stats.isDirectory()) for await (const entry of await opendir(path)) await walk(join(path, entry.name));
  };
  for (const path of paths) await walk(path);
  return bytes;
}

/**
 * The digests of the funpacks of all servers of a box: from their server.json and the one before it, and from the
 * definitions of those that are down. Undefined if one cannot be read, because then nobody knows what is used.
 */
export async function digestsInUse({ servers, definitions }: UsedBy): Promise<ReadonlySet<string> | undefined> {
  const digests = new Set<string>();
  for (const { name } of definitions === undefined ? [] : await readdirOrNone(definitions)) {
    if (name.startsWith('.') || !name.endsWith('.json')) continue;
    const definition = await readRecord(join(definitions ?? '', name));
    if (definition === 'damaged') return undefined;
    if (typeof definition['digest'] === 'string') digests.add(definition['digest']);
  }
  for (const { name } of (await readdirOrNone(servers)).filter(
    (entry) => entry.isDirectory() && isServerId(entry.name),
  )) {
    const { serverJson } = serverPaths(servers, name);
    for (const path of [serverJson, `${serverJson}.previous`]) {
      const record = await readRecord(path);
      if (record === 'damaged') return undefined;
      const { funpack } = record;
      if (isRecord(funpack) && typeof funpack['digest'] === 'string') digests.add(funpack['digest']);
    }
  }
  return digests;
}

async function readRecord(path: string): Promise<Readonly<Record<string, unknown>> | 'damaged'> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isRecord(value) ? value : 'damaged';
  } catch (failure) {
    return errnoOf(failure) === 'ENOENT' ? {} : 'damaged';
  }
}

async function readdirOrNone(dir: string): Promise<Dirent[]> {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return [];
    throw failure;
  }
}
