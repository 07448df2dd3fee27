import { fstatSync, readSync, type BigIntStats } from 'node:fs';
import { blockSize } from '../lzop/format.js';
import type { ManifestEntry } from '../catalogue/manifest.js';
import { attributesDigest, entryOf } from '../increment/entry-of.js';
import type { Ledger } from '../increment/ledger.js';
import { dataRanges, type Range } from '../kernel/holes.js';
import { dataBytes } from '../tar/tar-entry.js';
import { encodeHead, paddingOf, type WrittenHead } from '../tar/tar-writer.js';
import type { BlockFiller } from './block-filler.js';
import { ContentHash } from './content-hash.js';
import type { Gaps } from './gaps.js';
import type { HardLinks } from './hard-links.js';
import { headOf } from './head-of.js';
import { keptAttributes } from './kept-attributes.js';
import type { PackCount } from './pack-count.js';

export interface FilePackerParts {
  readonly filler: BlockFiller;
  readonly links: HardLinks;
  readonly count: PackCount;
  readonly gaps: Gaps;
  readonly ledger?: Ledger;
  /** The file changed while it was read. */
  readonly onChanged: (path: string) => void;
}

const blockOfStat = 512n;

/** Packs files, and hashes what it packs. */
export class FilePacker {
  #scratch: Buffer | undefined;

  constructor(private readonly parts: FilePackerParts) {}

  /** `isAgain`: it changed while it was read before, so now it is packed in any case. */
  *pack(path: string, fd: number, stats: BigIntStats, isAgain: boolean): Generator<Buffer> {
    const { filler, links, ledger } = this.parts;
    const first = links.first(stats, path, isAgain);
    if (first !== undefined) {
      yield* filler.add(encodeHead({ ...headOf(stats, path), type: 'hardlink', linkname: first }));
      return ledger?.tell({ ...entryOf(path, 'h', stats), l: first });
    }
    const entry = entryOf(path, 'f', stats);
    if (!isAgain) this.parts.count.files += 1;
    if (!isAgain) ledger?.comes(entry);
    const untouched = isAgain ? undefined : ledger?.untouched(entry);
    if (untouched) return ledger?.tell(untouched);
    yield* this.#touched(entry, fd, stats, isAgain);
  }

  *#touched(entry: ManifestEntry, fd: number, stats: BigIntStats, isAgain: boolean): Generator<Buffer> {
    const { gaps, ledger } = this.parts;
    const attributes = keptAttributes(fd, entry.p, gaps);
    const ranges = rangesOf(fd, stats);
    const x = ledger && attributesDigest(attributes);
    const full = { ...entry, ...(x !== undefined && { x }) };
    const old = isAgain ? undefined : ledger?.perhapsSame(full);
    if (old && old.h === this.#hashOf(fd, Number(stats.size), ranges)) return ledger?.tell(old);
    ledger?.packs(full);
    const head: WrittenHead = {
      ...headOf(stats, entry.p),
      type: 'file',
      size: Number(stats.size),
      attributes,
      ...(ranges && { ranges }),
    };
    const hash = ledger && new ContentHash();
    const lacking = yield* this.#content(head, fd, hash);
    if (hash) ledger.tell({ ...full, h: hash.digest() });
    if (lacking > 0 || !isSame(stats, fstatSync(fd, { bigint: true }))) this.parts.onChanged(entry.p);
  }

  /** Answers how many bytes the file lacked. */
  *#content(head: WrittenHead, fd: number, hash: ContentHash | undefined): Generator<Buffer, number> {
    const { filler, count } = this.parts;
    yield* filler.add(encodeHead(head));
    let lacking = 0;
    for (const range of head.ranges ?? [{ offset: 0, length: head.size }]) {
      if (head.ranges) hash?.part(range);
      lacking += yield* filler.fillFrom(fd, range, (bytes) => hash?.add(bytes));
    }
    yield* filler.zeros(paddingOf(dataBytes(head)));
    count.bytes += dataBytes(head);
    return lacking;
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
function rangesOf(fd: number, { size, blocks }: BigIntStats): readonly Range[] | undefined {
  if (blocks * blockOfStat >= size) return undefined;
  const ranges = dataRanges(fd, Number(size));
  const isWhole = ranges.length === 1 && ranges[0]?.length === Number(size);
  return isWhole ? undefined : ranges;
}

const isSame = (before: BigIntStats, after: BigIntStats): boolean =>
  before.size === after.size && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs;
