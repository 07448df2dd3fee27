import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PinkyError } from '@pinky/protocol';
import { removeTree } from '../kernel/remove-tree.js';
import { moveIntoPlace } from '../kernel/rename.js';
import type { FetchTask } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { ArchiveFile } from './archive-file.js';
import { cachePaths, readKnown, writeKnown } from './cache-index.js';
import { download } from '../download/download.js';
import { assertSums } from '../download/sums.js';
import { findFunpack, isPromised, locate, unpacked, type FoundFunpack } from './find-funpack.js';
import { withLock } from './lock.js';
import { shown, sourceKind } from './source-kind.js';

/**
 * Fetches, checks and unpacks a funpack into the cache, once for everybody who asks at the same time. Throws `bad_url`,
 * `not_found`, `download_failed`, `checksum_mismatch`, `bad_archive`, `unsafe_archive`, `archive_too_large`, `no_space`
 * or `cancelled`.
 */
export async function fetchFunpack(task: FetchTask, work: WorkContext): Promise<FoundFunpack> {
  const found = findFunpack(task.source, task);
  if (found) return found;
  const kind = sourceKind(task.source, task.allowedHosts);
  const address = kind.kind === 'http' ? kind.url.href : (locate(task.source, task)).path;
  const name = createHash('sha256').update(address).digest('hex').slice(0, 32);
  const paths = cachePaths(task.cacheDir);
  return withLock(join(paths.locks, name), { signal: work.signal }, async (signal) => {
    const foundMeanwhile = findFunpack(task.source, task);
    if (foundMeanwhile) return foundMeanwhile;
    // A process that left something under this name was killed, because we hold its lock now.
    await removeLeftovers(paths.incoming, name);
    const beside = join(paths.incoming, `${name}.${randomUUID()}`);
    const locked = { ...work, signal };
    return kind.kind === 'http'
      ? fetchOverHttp(kind.url, beside, task, locked)
      : fetchFile(address, beside, task, locked);
  });
}

async function fetchFile(path: string, beside: string, task: FetchTask, work: WorkContext): Promise<FoundFunpack> {
  const archive = await ArchiveFile.open(path);
  try {
    const before = await archive.validators();
    const sums = await archive.sums(work, task.source.md5 !== undefined);
    assertSums(task.source, sums, path);
    const found = await unpackArchive(archive, sums.sha256, beside, task, work);
    if (JSON.stringify(await archive.validators()) !== JSON.stringify(before)) {
      throw new PinkyError('bad_archive', `${path} changed while it was read`);
    }
    writeKnown(task.cacheDir, path, { ...sums, validators: before });
    return found;
  } finally {
    await archive.close();
  }
}

async function fetchOverHttp(url: URL, beside: string, task: FetchTask, work: WorkContext): Promise<FoundFunpack> {
  const known = readKnown(task.cacheDir, url.href);
  const cached = known && unpacked(task.cacheDir, known.sha256);
  const isWanted = cached && isPromised(task.source, known);
  const file = `${beside}.archive`;
  const answer = await download(url, {
    allowedHosts: task.allowedHosts,
    to: file,
    maxBytes: task.limits.maxBytes,
    signal: work.signal,
    onProgress: work.onProgress,
    ...(task.s3 && { s3: task.s3 }),
    hasMd5: task.source.md5 !== undefined,
    ...(isWanted && { validators: known.validators }),
  });
  if (answer.isUnchanged) {
    if (!cached) {
      throw new PinkyError(
        'download_failed',
        `${shown(url.href)}: the server says that nothing has changed, and it never sent anything`,
      );
    }
    return cached;
  }
  try {
    assertSums(task.source, answer, shown(url.href));
    const found =
      unpacked(task.cacheDir, answer.sha256) ?? (await unpackDownloaded(file, answer.sha256, beside, task, work));
    writeKnown(task.cacheDir, url.href, answer);
    return found;
  } finally {
    await rm(file, { force: true });
  }
}

async function unpackDownloaded(
  file: string,
  sha256: string,
  beside: string,
  task: FetchTask,
  work: WorkContext,
): Promise<FoundFunpack> {
  const archive = await ArchiveFile.open(file, shown(task.source.url));
  try {
    return await unpackArchive(archive, sha256, beside, task, work);
  } finally {
    await archive.close();
  }
}

async function unpackArchive(
  archive: ArchiveFile,
  sha256: string,
  beside: string,
  task: FetchTask,
  work: WorkContext,
): Promise<FoundFunpack> {
  const present = unpacked(task.cacheDir, sha256);
  if (present) return present;
  const target = cachePaths(task.cacheDir).unpacked(sha256);
  await archive.unpack(beside, work, { limits: task.limits, rights: 'shared' });
  if (await moveIntoPlace(beside, target)) await chmod(target, 0o555);
  else await removeTree(beside); // another address had the same content
  const found = unpacked(task.cacheDir, sha256);
  if (!found) throw new PinkyError('internal', `${target} vanished while it was being made`);
  return found;
}

async function removeLeftovers(incoming: string, name: string): Promise<void> {
  await mkdir(incoming, { recursive: true });
  for (const entry of await readdir(incoming))
    if (entry.startsWith(`${name}.`)) await removeTree(join(incoming, entry));
}
