import { existsSync, realpathSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { PinkyError } from '@pinky/protocol';
import { OpenFolder } from '../kernel/open-folder.js';
import { Gaps } from '../pack/gaps.js';
import { packBlocks } from '../pack/pack.js';
import { storeAddress } from '../remote/store-address.js';
import { ArchiveFile } from '../store/archive-file.js';
import { download, type Downloaded } from '../download/download.js';
import { assertSums } from '../download/sums.js';
import { cachedWorld, noSuchWorld } from '../store/fetch-world.js';
import { locate } from '../store/find-funpack.js';
import { shown, sourceKind } from '../store/source-kind.js';
import type { RestoreTask, RunnerResults } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { openInPlace } from '../seal/open-in-place.js';
import { removeTree } from '../kernel/remove-tree.js';
import { syncFileSystem } from '../kernel/sync.js';
import { unpackInto } from '../unpack/unpack.js';
import type { UnpackOptions } from '../unpack/unpack-options.js';
import { ownKeys } from '../tar/pax.js';
import { healRestore, restorePaths } from './heal-restore.js';
import { fetchParts, unpackIncrement } from './restore-increment.js';
import { syncFolder } from './publish.js';
import { itemsAgain, worldItems, type World } from './world-items.js';

type Restored = RunnerResults['restore'];

/**
 * Puts a world in the place of `into`. It is unpacked beside it, and exchanged when it is whole. Throws `bad_url`,
 * `not_found`, `download_failed`, `checksum_mismatch`, `bad_archive`, `no_base`, `unsafe_archive`, `archive_too_large`,
 * `no_space` or `cancelled`. Then the old folder is as it was.
 */
export async function restore(task: RestoreTask, work: WorkContext): Promise<Restored> {
  const beside = restorePaths(task.into);
  await mkdir(dirname(task.into), { recursive: true });
  healRestore(task.into);
  try {
    for (const left of [beside.new, beside.old, beside.download, beside.parts]) await removeTree(left);
    const restored = await bringBeside(task, work);
    await exchange(task.into);
    return restored;
  } finally {
    await removeTree(beside.new);
    await rm(beside.download, { force: true });
    await removeTree(beside.parts);
  }
}

async function bringBeside(task: RestoreTask, work: WorkContext): Promise<Restored> {
  const kind = sourceKind(task.source, task.allowedHosts);
  if (kind.kind === 'name') throw noSuchWorld(kind.name);
  if (kind.kind === 'path') {
    const { path, stats } = locate(task.source, { funpackPaths: [], allowedHosts: task.allowedHosts });
    if (stats.isDirectory()) return copyWorld(path, task, work);
    await verify(path, task, work);
    return unpackWorld(path, task, work);
  }
  const cached =
    task.cacheDir === undefined
      ? undefined
      : await cachedWorld(task.cacheDir, { ...task.source, url: kind.url.href });
  if (cached && task.source.sha256 !== undefined) return unpackWorld(cached.path, task, work);
  const file = restorePaths(task.into).download;
  const answer = await downloaded(kind.url, file, task, work, cached?.known.validators);
  if (answer.isUnchanged) {
    if (cached) return unpackWorld(cached.path, task, work);
    throw new PinkyError('download_failed', 'the server says that nothing has changed, and it never sent anything');
  }
  assertSums(task.source, answer, shown(task.source.url));
  return unpackWorld(file, task, work);
}

/** Checked first: another archive than the promised one is reported as that, whatever else is wrong with it. */
async function verify(path: string, task: RestoreTask, work: WorkContext): Promise<void> {
  if (task.source.sha256 === undefined) return;
  const archive = await ArchiveFile.open(path);
  try {
    assertSums(task.source, { sha256: await archive.sha256(work) }, path);
  } finally {
    await archive.close();
  }
}

async function unpackWorld(path: string, task: RestoreTask, work: WorkContext): Promise<Restored> {
  const archive = await ArchiveFile.open(path, shown(task.source.url));
  const { new: dir } = restorePaths(task.into);
  const rights = rightsOf(path, task);
  try {
    const own = await archive.ownRecords(work);
    if (!own.has(ownKeys.base)) return await archive.unpack(dir, work, rights);
    return await unpackIncrement(dir, { archive, own, path: await partsOf(path, own, task, work) }, work, rights);
  } catch (failure) {
    throw archive.named(failure);
  } finally {
    await archive.close();
  }
}

/** The path beside which manifest and base of an increment are. From elsewhere, they are fetched first. */
async function partsOf(
  path: string,
  own: ReadonlyMap<string, string>,
  task: RestoreTask,
  work: WorkContext,
): Promise<string> {
  const kind = sourceKind(task.source, task.allowedHosts);
  if (kind.kind !== 'http') return path;
  return fetchParts(shown(task.source.url), own, restorePaths(task.into).parts, async (name, to) => {
    await downloaded(new URL(name, kind.url), to, task, work);
    if (work.findKey) await openInPlace(to, work.findKey); // a store has manifests sealed, and archives open themselves
  });
}

const downloaded = (
  url: URL,
  to: string,
  task: RestoreTask,
  work: WorkContext,
  validators?: Readonly<Record<string, string>>,
): Promise<Downloaded> =>
  download(url, {
    allowedHosts: task.allowedHosts,
    to,
    maxBytes: isFromStore(task) ? Infinity : task.limits.maxBytes,
    signal: work.signal,
    onProgress: work.onProgress,
    ...(task.s3 && { s3: task.s3 }),
    ...(validators && { validators }),
  });

/** Everything that was backed up can be restored: the limits hold only for what others may have made. */
function rightsOf(path: string, task: RestoreTask): Pick<UnpackOptions, 'limits' | 'rights' | 'linkRoot'> {
  const isOwn = isFromStore(task) || (task.backupsDir !== undefined && isBelow(join(task.backupsDir, 'worlds'), path));
  return { linkRoot: task.into, rights: 'exact', ...(!isOwn && { limits: task.limits }) };
}

/** The box's own store has only what was backed up. */
const isFromStore = ({ store, source }: RestoreTask): boolean =>
  store !== undefined && source.url.startsWith(`${storeAddress(store)}worlds/`);

function isBelow(folder: string, path: string): boolean {
  return existsSync(folder) && realpathSync(path).startsWith(`${realpathSync(folder)}${sep}`);
}

/** Copies a folder as a world: with everything that a backup of it would hold, as that would hold it. */
async function copyWorld(from: string, task: RestoreTask, work: WorkContext): Promise<Restored> {
  if (task.source.sha256 !== undefined) {
    throw new PinkyError('bad_url', `${from} is a folder, and only an archive has a SHA-256`);
  }
  const root = OpenFolder.at(realpathSync(from));
  const world: World = { root, rootPath: from, selection: {}, gaps: new Gaps() };
  const count = { files: 0, bytes: 0 };
  try {
    const tar = packBlocks({
      items: () => worldItems(world),
      again: (paths) => itemsAgain(world, paths),
      rootPath: world.rootPath,
      count,
      gaps: world.gaps,
      signal: work.signal,
    });
    const { files, bytes, stripped } = await unpackInto(restorePaths(task.into).new, tar, {
      archiveBytes: 0,
      rights: 'exact',
      linkRoot: task.into,
      signal: work.signal,
      onBytes: (done) => work.onProgress({ label: 'copy', done }),
    });
    return { files, bytes, ...(stripped && { stripped }) };
  } finally {
    root.close();
  }
}

/**
 * Linux can exchange two folders in one step, but Node has no call for that. After a kill between the two renames,
 * `healRestore` puts the old folder back. The world is on the disk before it has its place: the game writes only what
 * it changes, and after a power cut nobody could tell that the rest of its world is not there.
 */
async function exchange(into: string): Promise<void> {
  const beside = restorePaths(into);
  await syncFileSystem(beside.new);
  if (existsSync(into)) await rename(into, beside.old);
  try {
    await rename(beside.new, into);
  } catch (failure) {
    healRestore(into);
    throw failure;
  }
  syncFolder(dirname(into));
  await removeTree(beside.old);
}
