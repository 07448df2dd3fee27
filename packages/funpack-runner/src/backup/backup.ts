import { createHash } from 'node:crypto';
import { access, link, mkdir, open, readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assertServerId, errnoOf, messageOf, PinkyError } from '@pinky/protocol';
import { packBlocks, type PackCount } from '../archive/pack.js';
import { writeAll } from '../archive/write-all.js';
import { readFunpack } from '../funpack/read-funpack.js';
import { BlockPool } from '../archive/block-pool.js';
import { writeLzop } from '../lzop/writer.js';
import type { BackupTask, RunnerResults } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { importPaths } from './import-paths.js';
import { backupDir, backupName, listBackups } from './latest-backup.js';
import { worldItems, type WorldSelection } from './world-items.js';

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
    await access(task.workingDir);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await removeStale(dir);
    const selection = await selectionOf(task, work);
    const written = await writeArchive(part, task.workingDir, selection, work);
    // The next start would take it as the newest backup, and in time it would push out those that hold a world.
    if (written.files === 0) {
      throw new PinkyError(
        'no_world',
        `server ${task.serverId}: its game has saved nothing yet, so there is nothing to back up`,
      );
    }
    const path = await publish(part, task, work.wallNow());
    await prune(task);
    return { url: pathToFileURL(path).href, ...written };
  } catch (failure) {
    throw explained(failure, task.serverId);
  } finally {
    await rm(part, { force: true });
  }
}

async function selectionOf(task: BackupTask, work: WorkContext): Promise<WorldSelection> {
  if (task.funpackDir === undefined) return {};
  const funpack = readFunpack(task.funpackDir);
  const { paths, exclude = [] } = funpack.manifest.backup ?? {};
  if (!funpack.has.import || !task.context) return { ...(paths && { paths }), exclude };
  return { paths: await importPaths(funpack, task.context, work), exclude };
}

type Written = { readonly size: number; readonly sha256: string; readonly files: number };

async function writeArchive(
  part: string,
  root: string,
  selection: WorldSelection,
  work: WorkContext,
): Promise<Written> {
  const count: PackCount = { files: 0, bytes: 0 };
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(part, 'wx', 0o600);
  try {
    const pool = new BlockPool();
    for await (const chunk of writeLzop(packBlocks(root, worldItems(root, selection), count, pool), work.codec, pool)) {
      if (work.signal.aborted) throw new PinkyError('cancelled', 'the backup was cancelled');
      hash.update(chunk);
      await writeAll(file, chunk);
      size += chunk.length;
      work.onProgress({ label: 'backup', done: count.bytes });
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest('hex'), files: count.files };
}

/**
 * link(2) gives the name only where it is free, so no backup ever takes another one's. A second backup within a second,
 * or after the clock was set back, gets the second after the newest one. So the newest by name is really the newest.
 */
async function publish(part: string, task: BackupTask, wallNow: number): Promise<string> {
  const newest = (await listBackups(task.backupsDir, task.serverId)).at(-1)?.seconds ?? 0;
  for (let seconds = Math.max(Math.floor(wallNow / 1000), newest + 1); ; seconds++) {
    const path = join(backupDir(task.backupsDir, task.serverId), backupName(task.serverId, seconds));
    try {
      await link(part, path);
      await unlink(part);
      return path;
    } catch (failure) {
      if (errnoOf(failure) !== 'EEXIST') throw failure;
    }
  }
}

async function prune(task: BackupTask): Promise<void> {
  const all = await listBackups(task.backupsDir, task.serverId);
  for (const old of all.slice(0, Math.max(0, all.length - Math.max(1, task.keep)))) await rm(old.path, { force: true });
}

/** Removes half-written backups of runners that were killed. */
async function removeStale(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const pid = /^\.(\d+)\.part$/.exec(name)?.[1];
    if (pid !== undefined && (Number(pid) === process.pid || !isRunning(Number(pid)))) {
      await rm(join(dir, name), { force: true });
    }
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
