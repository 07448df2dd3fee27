import { constants } from 'node:fs';
import { lstat, open, readlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '@pinky/protocol';
import { BlockPool } from './block-pool.js';
import { blockSize } from '../lzop/format.js';
import { archiveEnd, encodeHead, paddingOf, type EntryHead } from './tar-writer.js';

/** One thing to pack: its path below the root, and its type. */
export interface PackItem {
  readonly path: string;
  readonly type: EntryHead['type'];
}

/** How much was packed so far. */
export interface PackCount {
  files: number;
  bytes: number;
}

/**
 * A tar archive of the items, in blocks of 256 KiB (the last may be shorter). Files that change meanwhile do not break
 * it. Their size is fixed when they are opened: a longer one is cut there, and a shorter one is filled with zeros. A
 * file that vanished is left out.
 */
export async function* packBlocks(
  root: string,
  items: AsyncIterable<PackItem>,
  count: PackCount,
  pool = new BlockPool(),
): AsyncGenerator<Buffer> {
  const filler = new BlockFiller(pool);
  for await (const item of items) {
    const path = join(root, item.path);
    if (item.type === 'file') yield* packFile(path, item.path, filler, count);
    else yield* filler.add(await headOf(path, item));
  }
  yield* filler.add(archiveEnd());
  yield* filler.rest();
}

async function headOf(path: string, item: PackItem): Promise<Buffer> {
  try {
    const stats = await lstat(path);
    const linkname = item.type === 'symlink' ? await readlink(path) : '';
    return encodeHead({
      type: item.type,
      path: item.path,
      mode: stats.mode,
      size: 0,
      mtime: Math.floor(stats.mtimeMs / 1000),
      linkname,
    });
  } catch (failure) {
    if (isGone(failure)) return Buffer.alloc(0);
    throw failure;
  }
}

/** Never follow a link, and never wait for the other end of a FIFO that took the file's place. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function* packFile(path: string, name: string, filler: BlockFiller, count: PackCount): AsyncGenerator<Buffer> {
  const file = await openFile(path);
  if (!file) return;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return;
    yield* filler.add(
      encodeHead({
        type: 'file',
        path: name,
        mode: stats.mode,
        size: stats.size,
        mtime: Math.floor(stats.mtimeMs / 1000),
      }),
    );
    yield* filler.fillFrom(file, stats.size);
    yield* filler.add(Buffer.alloc(paddingOf(stats.size)));
    count.files += 1;
    count.bytes += stats.size;
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, openFlags);
  } catch (failure) {
    if (isGone(failure)) return undefined;
    throw failure;
  }
}

const isGone = (failure: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EINVAL'].includes(errnoOf(failure) ?? '');

/** Fills blocks. Files are read right into them, so their content is never copied. */
class BlockFiller {
  #block: Buffer;
  #used = 0;

  constructor(private readonly pool: BlockPool) {
    this.#block = pool.take();
  }

  *add(bytes: Buffer): Generator<Buffer> {
    for (let at = 0; at < bytes.length;) {
      const copied = bytes.copy(this.#block, this.#used, at);
      at += copied;
      yield* this.#advance(copied);
    }
  }

  async *fillFrom(file: FileHandle, size: number): AsyncGenerator<Buffer> {
    let left = size;
    while (left > 0) {
      const { bytesRead } = await file.read(
        this.#block,
        this.#used,
        Math.min(left, blockSize - this.#used),
        size - left,
      );
      if (bytesRead === 0) break; // it became shorter
      left -= bytesRead;
      yield* this.#advance(bytesRead);
    }
    while (left > 0) {
      const zeros = Math.min(left, blockSize - this.#used);
      this.#block.fill(0, this.#used, this.#used + zeros);
      left -= zeros;
      yield* this.#advance(zeros);
    }
  }

  *rest(): Generator<Buffer> {
    if (this.#used > 0) yield this.#block.subarray(0, this.#used);
    this.#used = 0;
  }

  *#advance(bytes: number): Generator<Buffer> {
    this.#used += bytes;
    if (this.#used < blockSize) return;
    yield this.#block;
    this.#block = this.pool.take();
    this.#used = 0;
  }
}
