import { closeSync, constants, fstatSync, lstatSync, openSync, type BigIntStats } from 'node:fs';
import { BlockPool } from '../archive/block-pool.js';
import { Pace } from '../archive/pace.js';
import { dataRanges, type Range } from '../kernel/holes.js';
import { bytesOf, isGone, type OpenFolder } from '../kernel/open-folder.js';
import { dataBytes, noAttributes } from '../tar/tar-entry.js';
import { archiveEnd, encodeHead, paddingOf, type WrittenHead } from '../tar/tar-writer.js';
import { BlockFiller } from './block-filler.js';
import type { Gaps } from './gaps.js';
import { HardLinks } from './hard-links.js';
import { keptAttributes } from './kept-attributes.js';

/** One thing to pack: its path in the archive, its place, and its type. The folder is open while the item is used. */
export interface PackItem {
  readonly path: string;
  readonly folder: OpenFolder;
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink';
}

/** How much was packed so far. */
export interface PackCount {
  files: number;
  bytes: number;
}

export interface PackOptions {
  /** The item to be packed. Asked a second time for the files that changed. */
  readonly items: () => Iterable<PackItem>;
  /** Finds a file again that changed while it was read. */
  readonly again: (paths: ReadonlySet<string>) => Iterable<PackItem>;
  /** The folder's path, for absolute links into it. */
  readonly rootPath: string;
  readonly count: PackCount;
  readonly gaps: Gaps;
  readonly pool?: BlockPool;
  readonly signal?: AbortSignal;
}

/**
 * A tar archive of the items, in blocks of 256 KiB (the last may be shorter). A file that changes while it is read does
 * not break it: a longer one is cut, and a shorter one filled with zeros. It comes once more at the end, where it takes
 * the first one's place, and is told as changed if it changed again.
 */
export async function* packBlocks(options: PackOptions): AsyncGenerator<Buffer> {
  const { items, again, signal } = options;
  const pace = new Pace(signal, 'packing was cancelled');
  const packer = new Packer(options);
  for (const item of items()) {
    yield* packer.item(item);
    await pace.step();
  }
  const changed = packer.changedOnce();
  for (const item of changed.size > 0 ? again(changed) : []) {
    yield* packer.item(item);
    await pace.step();
  }
  packer.tellGaps();
  yield* packer.end();
}

/** Never follow a link, never wait for the other end of a FIFO that took the file's place. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const blockOfStat = 512n;

class Packer {
  readonly #filler: BlockFiller;
  readonly #links = new HardLinks();
  #changed = new Set<string>();
  #wanted: Set<string> | undefined;

  constructor(private readonly options: PackOptions) {
    this.#filler = new BlockFiller(options.pool ?? new BlockPool());
  }

  *item(item: PackItem): Generator<Buffer> {
    try {
      if (item.type === 'file') yield* this.#file(item);
      else if (item.type === 'directory') yield* this.#directory(item);
      else yield* this.#symlink(item);
    } catch (failure) {
      if (!isGone(failure)) throw failure;
      this.#gone(item);
    }
  }

  /** The files that changed so far, with their other names. They are to be packed again. */
  changedOnce(): ReadonlySet<string> {
    this.#wanted = this.#changed;
    this.#changed = new Set();
    return new Set(this.#links.withOtherNames(this.#wanted));
  }

  /** Tells which files changed in both tries, and which were gone at the second. */
  tellGaps(): void {
    for (const path of this.#changed) this.options.gaps.changed.add(path);
  }

  *end(): Generator<Buffer> {
    yield* this.#filler.add(archiveEnd());
    yield* this.#filler.rest();
  }

  #gone({ path }: PackItem): void {
    this.options.gaps.vanished.add(path);
  }

  *#directory({ path, folder, name }: PackItem): Generator<Buffer> {
    const { fd, close } = opened(folder, name, constants.O_DIRECTORY);
    try {
      const stats = fstatSync(fd, { bigint: true });
      const attributes = keptAttributes(fd, path, this.options.gaps);
      yield* this.#filler.add(encodeHead({ ...headOf(stats, path), type: 'directory', attributes }));
    } finally {
      close();
    }
  }

  *#symlink({ path, folder, name }: PackItem): Generator<Buffer> {
    const stats = lstatSync(folder.path(name), { bigint: true });
    const linkname = folder.readLink(name);
    const linkRoot = linkname.startsWith('/') ? { linkRoot: bytesOf(this.options.rootPath) } : {};
    yield* this.#filler.add(encodeHead({ ...headOf(stats, path), type: 'symlink', linkname, ...linkRoot }));
  }

  *#file(item: PackItem): Generator<Buffer> {
    const { fd, close } = opened(item.folder, item.name, 0);
    try {
      const stats = fstatSync(fd, { bigint: true });
      if (!stats.isFile()) return this.#gone(item);
      const first = this.#links.first(stats, item.path, this.#wanted !== undefined);
      if (first !== undefined) {
        return yield* this.#filler.add(encodeHead({ ...headOf(stats, item.path), type: 'hardlink', linkname: first }));
      }
      yield* this.#content(item, fd, stats);
    } finally {
      close();
    }
  }

  *#content({ path }: PackItem, fd: number, stats: BigIntStats): Generator<Buffer> {
    const { count, gaps } = this.options;
    const size = Number(stats.size);
    const ranges = rangesOf(fd, stats);
    const head: WrittenHead = {
      ...headOf(stats, path),
      type: 'file',
      size,
      attributes: keptAttributes(fd, path, gaps),
      ...(ranges && { ranges }),
    };
    yield* this.#filler.add(encodeHead(head));
    let lacking = 0;
    for (const { offset, length } of ranges ?? [{ offset: 0, length: size }])
      lacking += yield* this.#filler.fillFrom(fd, offset, length);
    yield* this.#filler.zeros(paddingOf(dataBytes(head)));
    if (lacking > 0 || !isSame(stats, fstatSync(fd, { bigint: true }))) this.#changed.add(path);
    if (this.#wanted === undefined) count.files += 1;
    count.bytes += dataBytes(head);
  }
}

function opened(folder: OpenFolder, name: string, flags: number): { fd: number; close: () => void } {
  const fd = openSync(folder.path(name), openFlags | flags);
  return { fd, close: () => closeSync(fd) };
}

/** The parts of a file that hold data, where it has holes. */
function rangesOf(fd: number, { size, blocks }: BigIntStats): readonly Range[] | undefined {
  if (blocks * blockOfStat >= size) return undefined;
  const ranges = dataRanges(fd, Number(size));
  const isWhole = ranges.length === 1 && ranges[0]?.length === Number(size);
  return isWhole ? undefined : ranges;
}

const isSame = (before: BigIntStats, after: BigIntStats): boolean =>
  before.size === after.size && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs;

const headOf = (stats: BigIntStats, path: string) => ({
  path,
  mode: Number(stats.mode & 0o7777n),
  uid: Number(stats.uid),
  gid: Number(stats.gid),
  size: 0,
  mtimeNs: stats.mtimeNs,
  linkname: '',
  attributes: noAttributes,
});
