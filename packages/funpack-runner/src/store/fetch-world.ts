import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, PinkyError, type FetchedWorld, type FetchSource } from '@pinky/protocol';
import type { FetchWorldTask } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { ArchiveFile } from './archive-file.js';
import { markUsed } from './cache-entries.js';
import { cachePaths, readKnown, writeKnown, type KnownArchive } from './cache-index.js';
import { download } from '../download/download.js';
import { assertSums } from '../download/sums.js';
import { isPromised, locate } from './find-funpack.js';
import { withLock } from './lock.js';
import { shown, sourceKind } from './source-kind.js';

/** The archive of a world in the cache, and what is known of its address. */
export interface CachedWorld {
  readonly path: string;
  readonly known: KnownArchive;
}

/**
 * Gets the archive of a world into the cache, once for everybody who asks at the same time. A world on this machine
 * stays where it is, and only its checksum is looked at. Throws `bad_url`, `not_found`, `download_failed`,
 * `checksum_mismatch`, `archive_too_large`, `no_space` or `cancelled`.
 */
export async function fetchWorld(task: FetchWorldTask, work: WorkContext): Promise<FetchedWorld> {
  const kind = sourceKind(task.source, task.allowedHosts);
  if (kind.kind === 'name') throw noSuchWorld(kind.name);
  if (kind.kind === 'path') return localWorld(task, work);
  const { href } = kind.url;
  const name = `world-${createHash('sha256').update(href).digest('hex').slice(0, 32)}`;
  return withLock(join(cachePaths(task.cacheDir).locks, name), { signal: work.signal }, async (signal) => {
    const { path, known } = await fetchOverHttp(kind.url, name, task, { ...work, signal });
    return {
      url: task.source.url,
      path,
      sha256: known.sha256,
      size: (await stat(path)).size,
    };
  });
}

/** The cached archive of an address, and the sum that was asked for. Undefined if it must be fetched. */
export async function cachedWorld(cacheDir: string, source: FetchSource): Promise<CachedWorld | undefined> {
  const { url, sha256, md5 } = source;
  const known = readKnown(cacheDir, url, 'worlds');
  const digest = sha256?.toLowerCase() ?? known?.sha256;
  if (digest === undefined || (md5 !== undefined && !(known && isPromised(source, known)))) return undefined;
  const path = cachePaths(cacheDir).world(digest);
  if (!(await isThere(path))) return undefined;
  return { path, known: known?.sha256 === digest ? known : { sha256: digest, validators: {} } };
}

export const noSuchWorld = (name: string): PinkyError =>
  new PinkyError('bad_url', `${name}: a world needs an absolute path, or a file:, http:, https: or s3: address`);

async function fetchOverHttp(url: URL, name: string, task: FetchWorldTask, work: WorkContext): Promise<CachedWorld> {
  const { cacheDir, source } = task;
  const cached = await cachedWorld(cacheDir, { ...source, url: url.href });
  if (cached) await markUsed([cached.path], work.wallNow());
  if (cached && (source.sha256 !== undefined || source.md5 !== undefined)) return cached;
  const { incoming, world } = cachePaths(cacheDir);
  await mkdir(incoming, { recursive: true });
  const file = join(incoming, `${name}.${randomUUID()}`);
  try {
    const answer = await download(url, {
      allowedHosts: task.allowedHosts,
      to: file,
      maxBytes: task.limits.maxBytes,
      signal: work.signal,
      onProgress: work.onProgress,
      hasMd5: source.md5 !== undefined,
      ...(task.s3 && { s3: task.s3 }),
      ...(cached && { validators: cached.known.validators }),
    });
    if (answer.isUnchanged) return cached ?? neverSent(url);
    assertSums(source, answer, shown(url.href));
    const path = world(answer.sha256);
    await mkdir(dirname(path), { recursive: true });
    await rename(file, path);
    writeKnown(cacheDir, url.href, answer, 'worlds');
    return { path, known: answer };
  } finally {
    await rm(file, { force: true });
  }
}

function neverSent(url: URL): never {
  throw new PinkyError(
    'download_failed',
    `${shown(url.href)}: the server says that nothing has changed, and it never sent anything`,
  );
}

async function localWorld({ source, allowedHosts }: FetchWorldTask, work: WorkContext): Promise<FetchedWorld> {
  const { path, stats } = locate(source, { funpackPaths: [], allowedHosts });
  if (stats.isDirectory()) {
    if (source.sha256 === undefined && source.md5 === undefined) return { url: source.url, path };
    throw new PinkyError('bad_url', `${path} is a folder, and only an archive has a checksum`);
  }
  const archive = await ArchiveFile.open(path);
  try {
    const sums = await archive.sums(work, source.md5 !== undefined);
    assertSums(source, sums, path);
    return { url: source.url, path, sha256: sums.sha256, size: archive.bytes };
  } finally {
    await archive.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return false;
    throw failure;
  }
}
