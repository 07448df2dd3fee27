import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { assertNever, errnoOf, PinkyError } from '@pinky/protocol';
import { BlockPool } from '../archive/block-pool.js';
import { encode } from '../archive/encode.js';
import { itemsAgain, worldItems, type World, type WorldSelection } from '../backup/world-items.js';
import { OpenFolder } from '../kernel/open-folder.js';
import { giveTree } from '../launch/give-tree.js';
import { Gaps } from '../pack/gaps.js';
import type { PackCount } from '../pack/pack-count.js';
import { packBlocks } from '../pack/pack.js';
import { ArchiveFile } from '../store/archive-file.js';
import type { ByHandTask, RunnerResults } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { overQuota } from '../unpack/limits.js';
import { unpackInto } from '../unpack/unpack.js';

type Result = RunnerResults['byHand'];
type Work<Op> = Extract<ByHandTask['work'], { readonly op: Op }>;

/**
 * Copies a folder, packs one, or unpacks an archive into a new folder. Throws `bad_archive`, `unsafe_archive`,
 * `archive_too_large`, `over_quota`, `no_space`, `missing_program` or `cancelled`. Then nothing of it is left.
 */
export async function workByHand({ work: asked }: ByHandTask, work: WorkContext): Promise<Result> {
  switch (asked.op) {
    case 'copy': return copy(asked, work);
    case 'archive': return archive(asked, work);
    case 'unpack': return unpack(asked, work);
    default: return assertNever(asked);
  }
}

async function copy({ from, to, owner, mostBytes }: Work<'copy'>, work: WorkContext): Promise<Result> {
  return packed({ from }, work, async (tar, { gaps }) => {
    const { files, bytes } = await unpackInto(to, tar, {
      archiveBytes: 0,
      ...(mostBytes !== undefined && { mostBytes }),
      signal: work.signal,
      onBytes: (done) => work.onProgress({ label: 'copy', done }),
    });
    if (owner) giveTree(to, owner);
    return { files, bytes, ...gaps.told };
  });
}

async function archive(
  { from, names, exclude, to, format, mostBytes = Number.POSITIVE_INFINITY }: Work<'archive'>,
  work: WorkContext,
): Promise<Result> {
  const pool = new BlockPool();
  const selection = { ...(names && { paths: names }), ...(exclude && { exclude }) };
  return packed({ from, selection, pool }, work, async (tar, { gaps, count }) => {
    const { chunks } = encode(tar, format, work.codec, pool);
    await writeNew(to, chunks, work, (written) => {
      if (written > mostBytes) throw overQuota(mostBytes);
      work.onProgress({ label: 'archive', done: count.bytes });
    });
    return { ...count, ...gaps.told };
  });
}

async function unpack(
  { archive: path, to, limits, mostBytes, owner }: Work<'unpack'>,
  work: WorkContext,
): Promise<Result> {
  const file = await ArchiveFile.open(path, 'the archive');
  try {
    const allowed = { limits, ...(mostBytes !== undefined && { mostBytes }) };
    const { files, bytes, skipped } = await file.unpack(to, work, allowed);
    if (owner) giveTree(to, owner);
    return { files, bytes, ...(skipped && { left_out: skipped }) };
  } finally {
    await file.close();
  }
}

interface Packing {
  readonly from: string;
  readonly selection?: WorldSelection;
  readonly pool?: BlockPool;
}

interface Packed {
  readonly gaps: Gaps;
  readonly count: PackCount;
}

/** A folder as a tar stream, from one open folder to the next. A link that leads out is left out. */
async function packed(
  { from, selection = {}, pool }: Packing,
  { signal }: WorkContext,
  use: (tar: AsyncGenerator<Buffer>, packed: Packed) => Promise<Result>,
): Promise<Result> {
  const root = OpenFolder.at(from);
  const gaps = new Gaps();
  const count = { files: 0, bytes: 0 };
  const world: World = { root, rootPath: from, selection, gaps };
  try {
    return await use(packBlocks({
      items: () => worldItems(world),
      again: (paths) => itemsAgain(world, paths),
      rootPath: from,
      count,
      gaps,
      signal,
      ...(pool && { pool }),
    }), { gaps, count });
  } finally {
    root.close();
  }
}

async function writeNew(
  path: string,
  chunks: AsyncIterable<Buffer>,
  { signal }: WorkContext,
  onWritten: (bytes: number) => void,
): Promise<void> {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o644);
  let written = 0;
  try {
    for await (const chunk of chunks) {
      if (signal.aborted) throw new PinkyError('cancelled', 'packing was cancelled');
      for (let done = 0; done < chunk.length;) done += writeSync(fd, chunk, done);
      written += chunk.length;
      onWritten(written);
    }
  } catch (failure) {
    rmSync(path, { force: true });
    if (errnoOf(failure) !== 'ENOSPC' && errnoOf(failure) !== 'EDQUOT') throw failure;
    throw new PinkyError('no_space', 'there is no space left for the archive', { cause: failure });
  } finally {
    closeSync(fd);
  }
}
