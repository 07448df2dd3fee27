import type { Range } from '../kernel/holes.js';
import type { PaxRecords } from './pax.js';
import { paxSize } from './pax.js';
import { badTar, numberOf, recordSize } from './tar-header.js';

/** How many parts a sparse file may have. It bounds the memory of a reader, and is as many as we write. */
const mostRanges = 1 << 16;

/** Reads whole records of an entry that is being read. */
export type ReadRecord = () => Promise<Buffer>;

/** Where the data of a sparse file belongs, and how large it is with its holes. */
export interface SparseMap {
  readonly ranges: readonly Range[];
  readonly realSize: number | undefined;
  /** How many bytes of the content the map itself took. */
  readonly mapBytes: number;
}

/** GNU tar's old form: four parts in the header itself, and 21 more in each record that follows it. */
export async function oldGnuMap(header: Buffer, read: ReadRecord): Promise<SparseMap> {
  const ranges = rangesIn(header, 386, 4);
  for (let isExtended = header[482] !== 0; isExtended;) {
    const record = await read();
    isExtended = record[504] !== 0;
    ranges.push(...rangesIn(record, 0, 21));
    if (ranges.length > mostRanges) throw badTar('a sparse file has too many parts');
  }
  return { ranges, realSize: numberOf(header, 483, 12), mapBytes: 0 };
}

function rangesIn(record: Buffer, at: number, count: number): Range[] {
  const ranges: Range[] = [];
  for (let i = 0; i < count; i++) {
    const [start, middle] = [at + i * 24, at + i * 24 + 12];
    if (record[middle] === 0) break; // GNU tar ends the list at the first part without a length
    const [offset, length] = [numberOf(record, start, 12), numberOf(record, middle, 12)];
    if (offset === undefined || length === undefined) throw badTar('the map of a sparse file is no list of numbers');
    ranges.push({ offset, length });
  }
  return ranges;
}

/** The three forms in pax headers: 0.0 (a record for each number), 0.1 (a list), 1.0 (a list before the content). */
export async function paxMap({ values, sparse }: PaxRecords, read: ReadRecord): Promise<SparseMap | undefined> {
  const size = values.get('GNU.sparse.realsize') ?? values.get('GNU.sparse.size');
  const realSize = size === undefined ? undefined : paxSize(size);
  if (values.get('GNU.sparse.major') === '1') return { ...(await mapBefore(read)), realSize };
  const listed = values.get('GNU.sparse.map');
  if (listed !== undefined) return { ranges: pairs(listed.split(',')), realSize, mapBytes: 0 };
  if (sparse.length > 0) return { ranges: pairs(sparse), realSize, mapBytes: 0 };
  return values.has('GNU.sparse.numblocks') ? { ranges: [], realSize, mapBytes: 0 } : undefined;
}

/** Decimal numbers, each with a line break, and zeros up to the end of the record: how many parts, then the parts. */
async function mapBefore(read: ReadRecord): Promise<{ ranges: Range[]; mapBytes: number }> {
  const numbers: string[] = [];
  let wanted = 1;
  let rest = '';
  let mapBytes = 0;
  while (numbers.length < wanted) {
    const lines = (rest + (await read()).toString('latin1')).split('\n');
    mapBytes += recordSize;
    rest = lines.pop() ?? '';
    numbers.push(...lines.slice(0, wanted === 1 ? lines.length : wanted - numbers.length));
    if (wanted === 1 && numbers[0] !== undefined) wanted = 1 + 2 * paxSize(numbers[0]);
    const isCutOff = numbers.length < wanted && rest.length > 20;
    if (wanted > 2 * mostRanges || isCutOff) throw badTar('the map of a sparse file is no list of numbers');
  }
  return { ranges: pairs(numbers.slice(1, wanted)), mapBytes };
}

function pairs(numbers: readonly string[]): Range[] {
  if (numbers.length % 2 !== 0 || numbers.length > 2 * mostRanges) throw badTar('the map of a sparse file is cut off');
  const ranges: Range[] = [];
  for (let i = 0; i < numbers.length; i += 2)
    ranges.push({ offset: paxSize(numbers[i] ?? ''), length: paxSize(numbers[i + 1] ?? '') });
  return ranges;
}

/** Throws `bad_archive` where the parts do not follow one another in the file, or have more bytes than it brings. */
export function assertMap(ranges: readonly Range[], size: number, bytes: number): void {
  let end = 0;
  let sum = 0;
  for (const { offset, length } of ranges) {
    if (offset < end) throw badTar('the parts of a sparse file overlap');
    end = offset + length;
    sum += length;
  }
  if (end > size || sum > bytes) throw badTar('a sparse file has parts beyond its end');
}
