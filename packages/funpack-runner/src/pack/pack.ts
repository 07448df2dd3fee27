import { constants, fstatSync, lstatSync } from 'node:fs';
import { BlockPool } from '../archive/block-pool.js';
import { Pace } from '../archive/pace.js';
import { attributesDigest, entryOf } from '../increment/entry-of.js';
import type { Ledger } from '../increment/ledger.js';
import { bytesOf, isGone } from '../kernel/open-folder.js';
import { archiveEnd, encodeHead } from '../tar/tar-writer.js';
import { BlockFiller } from './block-filler.js';
import type { Gaps } from './gaps.js';
import { HardLinks } from './hard-links.js';
import { headOf } from './head-of.js';
import { keptAttributes } from './kept-attributes.js';
import { openItem, type PackItem } from './open-item.js';
import type { PackCount } from './pack-count.js';
import { FilePacker } from './pack-file.js';

export type { PackCount, PackItem };

export interface PackOptions {
  /** The item to be packed. Asked a second time for the files that changed. */
  readonly items: () => Iterable<PackItem>;
  /** Finds a file again that changed while it was read. */
  readonly again: (paths: ReadonlySet<string>) => Iterable<PackItem>;
  /** The folder's path, for absolute links into it. */
  readonly rootPath: string;
  readonly count: PackCount;
  readonly gaps: Gaps;
  /** Hears of each path, and says which files are packed already. Absent: nobody asks. */
  readonly ledger?: Ledger;
  /** Stands before everything else. */
  readonly start?: Buffer;
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
  // `yield*` would make a promise of each item, which costs more than all else about a small file
  for (const block of packer.start()) yield block;
  for (const item of items()) {
    for (const block of packer.item(item)) yield block;
    const turn = pace.step();
    if (turn) await turn;
  }
  const changed = packer.changedOnce();
  for (const item of changed.size > 0 ? again(changed) : []) {
    for (const block of packer.item(item)) yield block;
    await pace.step();
  }
  packer.tellGaps();
  for (const block of packer.end()) yield block;
}

class Packer {
  readonly #filler: BlockFiller;
  readonly #files: FilePacker;
  readonly #links = new HardLinks();
  #changed = new Set<string>();
  #wanted: Set<string> | undefined;

  constructor(private readonly options: PackOptions) {
    this.#filler = new BlockFiller(options.pool ?? new BlockPool());
    this.#files = new FilePacker({
      ...options,
      filler: this.#filler,
      links: this.#links,
      onChanged: (path) => {
        this.#changed.add(path);
        options.ledger?.changedMeanwhile();
      },
    });
  }

  *start(): Generator<Buffer> {
    if (this.options.start) yield* this.#filler.add(this.options.start);
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

  *#directory(item: PackItem): Generator<Buffer> {
    const { path } = item;
    const { fd, close } = openItem(item, constants.O_DIRECTORY);
    try {
      const stats = fstatSync(fd, { bigint: true });
      const attributes = keptAttributes(fd, path, this.options.gaps);
      yield* this.#filler.add(encodeHead({ ...headOf(stats, path), type: 'directory', attributes }));
      const x = attributesDigest(attributes);
      this.options.ledger?.tell({ ...entryOf(path, 'd', stats), ...(x !== undefined && { x }) });
    } finally {
      close();
    }
  }

  *#symlink({ path, folder, name }: PackItem): Generator<Buffer> {
    const stats = lstatSync(folder.path(name), { bigint: true });
    const linkname = folder.readLink(name);
    const linkRoot = linkname.startsWith('/') ? { linkRoot: bytesOf(this.options.rootPath) } : {};
    yield* this.#filler.add(encodeHead({ ...headOf(stats, path), type: 'symlink', linkname, ...linkRoot }));
    this.options.ledger?.tell({ ...entryOf(path, 'l', stats), l: linkname });
  }

  *#file(item: PackItem): Generator<Buffer> {
    const { fd, close } = openItem(item);
    try {
      const stats = fstatSync(fd, { bigint: true });
      if (!stats.isFile()) return this.#gone(item);
      yield* this.#files.pack(item.path, fd, stats, this.#wanted !== undefined);
    } finally {
      close();
    }
  }
}
