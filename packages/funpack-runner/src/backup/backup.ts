import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assertServerId, errnoOf, messageOf, PinkyError } from '@pinky/protocol';
import { BlockPool } from '../archive/block-pool.js';
import { readFunpack } from '../funpack/read-funpack.js';
import { makeFolder } from '../kernel/make-folder.js';
import { bytesOf, OpenFolder } from '../kernel/open-folder.js';
import { writeLzop } from '../lzop/writer.js';
import { Gaps } from '../pack/gaps.js';
import { packBlocks, type PackCount } from '../pack/pack.js';
import type { BackupTask, RunnerResults } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { importPaths } from './import-paths.js';
import { backupDir, listBackups } from './latest-backup.js';
import { publish } from './publish.js';
import { itemsAgain, worldItems, type World, type WorldSelection } from './world-items.js';

/**
 * Writes a backup beside its place, and gives it its name when it is whole and on the disk. Then removes the oldest
 * backups beyond `keep`. Throws `no_world`, `import_failed`, `no_space`, `cancelled` or `backup_failed`. Then nothing
 * of it is left.
 */
export async function backUp(task: BackupTask, work: WorkContext): Promise<RunnerResults['backup']> {
  assertServerId(task.serverId);
  const dir = backupDir(task.backupsDir, task.serverId);
  const part = join(dir, `.${process.pid}.part`);
  try {
    const root = OpenFolder.at(realpathSync(task.workingDir));
    try {
      makeFolder(dir, 0o700);
      removeStale(dir);
      return await writeBackup(task, root, part, work);
    } finally {
      root.close();
    }
  } catch (failure) {
    throw explained(failure, task.serverId);
  } finally {
    removeQuietly(part);
  }
}

async function writeBackup(
  task: BackupTask,
  root: OpenFolder,
  part: string,
  work: WorkContext,
): Promise<RunnerResults['backup']> {
  const { selection, ownFiles } = await selectionOf(task, work);
  const world: World = { root, rootPath: task.workingDir, selection, gaps: new Gaps() };
  const written = await writeArchive(part, world, work);
  if (written.files === 0) throw nothingSelected(task.serverId, world, ownFiles);
  const path = await publish(part, task, work.wallNow());
  await prune(task);
  return { url: pathToFileURL(path).href, ...written, ...world.gaps.told };
}

interface Selected {
  readonly selection: WorldSelection;
  /** The names that Pinky itself writes before each start, as bytes: it is no world. */
  readonly ownFiles: ReadonlySet<string>;
}

async function selectionOf(task: BackupTask, work: WorkContext): Promise<Selected> {
  if (task.funpackDir === undefined) return { selection: {}, ownFiles: new Set() };
  const funpack = readFunpack(task.funpackDir);
  const { paths, exclude = [] } = funpack.manifest.backup ?? {};
  const ownFiles = new Set((funpack.manifest.files ?? []).map(({ path }) => bytesOf(path.replace(/^(\.?\/+)+/, ''))));
  if (!funpack.has.import || !task.context) return { selection: { ...(paths && { paths }), exclude }, ownFiles };
  return { selection: { paths: await importPaths(funpack, task.context, work), exclude }, ownFiles };
}

/**
 * An empty archive would be the newest backup, and in time it would push out those that hold a world. Where a selection
 * finds nothing in a folder that holds something, the selection is wrong: what the game saved would be taken for none.
 */
function nothingSelected(serverId: string, world: World, ownFiles: ReadonlySet<string>): PinkyError {
  const saidNone = world.selection.paths?.length === 0;
  const missed = saidNone ? undefined : firstMissed(world, ownFiles);
  if (missed === undefined) {
    return new PinkyError(
      'no_world',
      `server ${serverId}: its game has saved nothing yet, so there is nothing to back up`,
    );
  }
  return new PinkyError(
    'backup_failed',
    `server ${serverId}: what its funpack selects for a backup holds no file, although working/ holds some, such ` +
      `as ${JSON.stringify(missed)}; correct \`backup.paths\`, or bin/import, which prints {"paths":[]} where there ` +
      'is no world yet',
  );
}

/** Something in the folder that is neither excluded nor written by Pinky. */
function firstMissed(world: World, ownFiles: ReadonlySet<string>): string | undefined {
  const gaps = new Gaps();
  for (const { path, type } of worldItems({ ...world, gaps, selection: { exclude: world.selection.exclude ?? [] } }))
    if (type !== 'directory' && !ownFiles.has(path)) return Buffer.from(path, 'latin1').toString('utf8');
  return gaps.outward.paths?.names[0];
}

type Written = { readonly size: number; readonly sha256: string; readonly files: number };

async function writeArchive(part: string, world: World, work: WorkContext): Promise<Written> {
  const { signal } = work;
  const count: PackCount = { files: 0, bytes: 0 };
  const hash = createHash('sha256');
  const pool = new BlockPool();
  const blocks = packBlocks({
    items: () => worldItems(world),
    again: (paths) => itemsAgain(world, paths),
    rootPath: world.rootPath,
    count,
    gaps: world.gaps,
    pool,
    signal,
  });
  let size = 0;
  const fd = openSync(part, 'wx', 0o600);
  try {
    for await (const chunk of writeLzop(blocks, work.codec, pool)) {
      if (signal.aborted) throw new PinkyError('cancelled', 'the backup was cancelled');
      hash.update(chunk);
      for (let done = 0; done < chunk.length;) done += writeSync(fd, chunk, done);
      size += chunk.length;
      work.onProgress({ label: 'backup', done: count.bytes });
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return { size, sha256: hash.digest('hex'), files: count.files };
}

async function prune(task: BackupTask): Promise<void> {
  const all = await listBackups(task.backupsDir, task.serverId);
  for (const old of all.slice(0, Math.max(0, all.length - Math.max(1, task.keep)))) rmSync(old.path, { force: true });
}

/** Removes half-written backups of runners that were killed. */
function removeStale(dir: string): void {
  for (const name of readdirSync(dir)) {
    const pid = /^\.(\d+)\.part$/.exec(name)?.[1];
    if (pid !== undefined && (Number(pid) === process.pid || !isRunning(Number(pid)))) {
      rmSync(join(dir, name), { force: true });
    }
  }
}

/** The failure before this one is the one to tell. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // the next backup removes it, as after a kill
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (failure) {
    return errnoOf(failure) === 'EPERM';
  }
}

function explained(failure: unknown, serverId: string): unknown {
  if (failure instanceof PinkyError) return failure;
  const code = errnoOf(failure);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PinkyError('no_space', `there is no space left for a backup of ${serverId}`, { cause: failure });
  }
  return new PinkyError('backup_failed', `the backup of ${serverId} failed: ${messageOf(failure)}`, {
    cause: failure,
  });
}
