import { closeSync, constants } from 'node:fs';
import { BlockPool } from '../archive/block-pool.js';
import { Pace } from '../archive/pace.js';
import { attributesDigest, entryOf } from '../increment/entry-of.js';
import type { Ledger } from '../increment/ledger.js';
import { statAt, statOpen } from '../kernel/file-stat.js';
import { bytesOf, isGone } from '../kernel/open-folder.js';
import { archiveEnd } from '../tar/tar-writer.js';
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
  /** Asked when all is packed: whether the archive is of any use. If not, its end is never made. */
  readonly isWanted?: () => boolean;
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
    // `yield*` would make a promise of each item, which costs more than all else about a small file
    for (const block of packer.blocks(item)) yield block;
    const turn = pace.step();
    if (turn) await turn;
  }
  const changed = packer.changedOnce();
  for (const item of changed.size > 0 ? again(changed) : []) {
    for (const block of packer.blocks(item)) yield block;
    await pace.step();
  }
  if (options.isWanted?.() === false) return;
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
      onGone: (path) => options.gaps.vanished.add(path),
    });
    if (options.start) this.#filler.add(options.start);
  }

  /** Packs an item, and hands out the blocks that are full by then. */
  *blocks(item: PackItem): Generator<Buffer> {
    for (const _ of this.#item(item) ?? []) yield* this.#full();
    yield* this.#full();
  }

  *#full(): Generator<Buffer> {
    for (let block = this.#filler.take(); block; block = this.#filler.take()) yield block;
  }

  /** A large item is to be gone on with. */
  #item(item: PackItem): Iterable<void> | undefined {
    try {
      if (item.type === 'file') return this.#files.pack(item, this.#wanted !== undefined);
      if (item.type === 'directory') this.#directory(item);
      else this.#symlink(item);
    } catch (failure) {
      if (!isGone(failure)) throw failure;
      this.options.gaps.vanished.add(item.path);
    }
    return undefined;
  }

  /** The files that changed so far, with their other names. They are to be packed again. */
  changedOnce(): ReadonlySet<string> {
    this.#wanted = this.#changed;
    this.#changed = new Set();
    return new Set(this.#links.withOtherNames(this.#wanted));
  }

  /** Ends the archive, and tells which files changed in both tries. */
  *end(): Generator<Buffer> {
    for (const path of this.#changed) this.options.gaps.changed.add(path);
    this.#filler.add(archiveEnd());
    this.#filler.end();
    yield* this.#full();
  }

  #directory(item: PackItem): void {
    const { path } = item;
    const fd = openItem(item, constants.O_DIRECTORY);
    try {
      const stat = statOpen(fd);
      const attributes = keptAttributes(fd, path, this.options.gaps);
      this.#filler.addHead({ ...headOf(stat, path), type: 'directory', attributes });
      const x = attributesDigest(attributes);
      this.options.ledger?.tell({ ...entryOf(path, 'd', stat), ...(x !== undefined && { x }) });
    } finally {
      closeSync(fd);
    }
  }

  #symlink({ path, folder, name }: PackItem): void {
    const stat = statAt(folder.fd, name);
    const linkname = folder.readLink(name);
    const linkRoot = linkname.startsWith('/') ? { linkRoot: bytesOf(this.options.rootPath) } : {};
    this.#filler.addHead({ ...headOf(stat, path), type: 'symlink', linkname, ...linkRoot });
    this.options.ledger?.tell({ ...entryOf(path, 'l', stat), l: linkname });
  }
}
