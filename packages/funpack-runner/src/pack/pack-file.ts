import { closeSync, readSync } from 'node:fs';
import type { ManifestEntry } from '../catalogue/manifest.js';
import { attributesDigest, entryOf } from '../increment/entry-of.js';
import type { Ledger } from '../increment/ledger.js';
import { isFile, isSameStat, statAt, statOpen, type FileStat } from '../kernel/file-stat.js';
import { dataRanges, type Range } from '../kernel/holes.js';
import { blockSize } from '../lzop/format.js';
import { dataBytes } from '../tar/tar-entry.js';
import { paddingOf, type WrittenHead } from '../tar/tar-writer.js';
import type { BlockFiller } from './block-filler.js';
import { ContentHash } from './content-hash.js';
import type { Gaps } from './gaps.js';
import type { HardLinks } from './hard-links.js';
import { headOf } from './head-of.js';
import { keptAttributes } from './kept-attributes.js';
import { openItem, type PackItem } from './open-item.js';
import type { PackCount } from './pack-count.js';

export interface FilePackerParts {
  readonly filler: BlockFiller;
  readonly links: HardLinks;
  readonly count: PackCount;
  readonly gaps: Gaps;
  readonly ledger?: Ledger;
  /** The file changed while it was read. */
  readonly onChanged: (path: string) => void;
  /** Another thing took its place. */
  readonly onGone: (path: string) => void;
}

/** A file that is open to be packed. */
interface OpenFile {
  readonly fd: number;
  readonly stat: FileStat;
  readonly entry: ManifestEntry;
  readonly head: WrittenHead;
}

const bytesOfBlock = 512;

/** Packs files, and hashes what it packs. */
export class FilePacker {
  #scratch: Buffer | undefined;

  constructor(private readonly parts: FilePackerParts) {}

  /**
   * Packs a file, or answers how to go on with one that is too large for that. `isAgain`: it changed while it was read
   * before, so now it is packed in any case.
   */
  pack(item: PackItem, isAgain: boolean): Iterable<void> | undefined {
    if (!isAgain && this.#isUntouched(item)) return undefined;
    const fd = openItem(item);
    let rest: Iterable<void> | undefined;
    try {
      rest = this.#open(item.path, fd, isAgain);
      return rest;
    } finally {
      if (!rest) closeSync(fd);
    }
  }

  /** A file that nobody touched since the last backup is not even opened. */
  #isUntouched({ path, folder, name }: PackItem): boolean {
    const { ledger, count } = this.parts;
    if (!ledger?.mayKnow(path)) return false;
    const stat = statAt(folder.fd, name);
    if (!isFile(stat) || stat.links > 1) return false;
    const entry = entryOf(path, 'f', stat);
    if (!ledger.keepsUntouched(entry)) return false;
    count.files += 1;
    ledger.comes(entry);
    return true;
  }

  #open(path: string, fd: number, isAgain: boolean): Iterable<void> | undefined {
    const { filler, links, ledger, count } = this.parts;
    const stat = statOpen(fd);
    if (!isFile(stat)) {
      this.parts.onGone(path);
      return undefined;
    }
    const first = links.first(stat, path, isAgain);
    if (first !== undefined) {
      filler.addHead({ ...headOf(stat, path), type: 'hardlink', linkname: first });
      ledger?.tell({ ...entryOf(path, 'h', stat), l: first });
      return undefined;
    }
    const entry = entryOf(path, 'f', stat);
    if (!isAgain) {
      count.files += 1;
      ledger?.comes(entry);
      if (ledger?.keepsUntouched(entry)) return undefined;
    }
    return this.#touched(entry, fd, stat, isAgain);
  }

  #touched(plain: ManifestEntry, fd: number, stat: FileStat, isAgain: boolean): Iterable<void> | undefined {
    const { gaps, ledger, filler } = this.parts;
    const attributes = keptAttributes(fd, plain.p, gaps);
    const ranges = rangesOf(fd, stat);
    const x = ledger && attributesDigest(attributes);
    const entry = x === undefined ? plain : { ...plain, x };
    const old = isAgain ? undefined : ledger?.perhapsSame(entry);
    if (old && old.h === this.#hashOf(fd, stat.size, ranges)) {
      ledger?.tell(old);
      return undefined;
    }
    ledger?.packs(entry);
    const common = headOf(stat, plain.p);
    const head: WrittenHead = {
      ...common,
      type: 'file',
      size: stat.size,
      attributes,
      ...(ranges && { ranges }),
    };
    filler.addHead(head);
    const file = { fd, stat, entry, head };
    return ranges || !this.#isPackedAtOnce(file) ? this.#large(file) : undefined;
  }

  #isPackedAtOnce({ fd, stat, entry, head: { size } }: OpenFile): boolean {
    const { filler, ledger } = this.parts;
    const content = filler.readWhole(fd, size);
    if (!content) return false;
    if (content.length < size) return false; // it became shorter
    if (ledger) ledger.tell({ ...entry, h: ContentHash.of(content) });
    filler.keep(size, paddingOf(size));
    this.#packed(fd, stat, entry.p, size);
    return true;
  }

  *#large({ fd, stat, entry, head }: OpenFile): Generator<void> {
    const { filler, ledger } = this.parts;
    const hash = ledger && new ContentHash();
    try {
      let lacking = 0;
      for (const range of head.ranges ?? [{ offset: 0, length: head.size }]) {
        if (head.ranges) hash?.part(range);
        lacking += yield* filler.fillFrom(fd, range, (bytes) => hash?.add(bytes));
      }
      yield* filler.zeros(paddingOf(dataBytes(head)));
      if (hash) ledger.tell({ ...entry, h: hash.digest() });
      if (lacking > 0) this.parts.onChanged(entry.p);
      this.#packed(fd, stat, entry.p, dataBytes(head));
    } finally {
      closeSync(fd);
    }
  }

  #packed(fd: number, before: FileStat, path: string, bytes: number): void {
    this.parts.count.bytes += bytes;
    if (!isSameStat(before, statOpen(fd))) this.parts.onChanged(path);
  }

  /** Undefined where it became shorter meanwhile. */
  #hashOf(fd: number, size: number, ranges: readonly Range[] | undefined): string | undefined {
    const scratch = (this.#scratch ??= Buffer.allocUnsafeSlow(blockSize));
    const hash = new ContentHash();
    for (const range of ranges ?? [{ offset: 0, length: size }]) {
      if (ranges) hash.part(range);
      for (let done = 0; done < range.length;) {
        const read = readSync(fd, scratch, 0, Math.min(blockSize, range.length - done), range.offset + done);
        if (read === 0) return undefined;
        hash.add(scratch.subarray(0, read));
        done += read;
      }
    }
    return hash.digest();
  }
}

/** The parts of a file that hold data, where it has holes. */
function rangesOf(fd: number, { size, blocks }: FileStat): readonly Range[] | undefined {
  if (blocks * bytesOfBlock >= size) return undefined;
  const ranges = dataRanges(fd, size);
  const isWhole = ranges.length === 1 && ranges[0]?.length === size;
  return isWhole ? undefined : ranges;
}
