import type { Range } from '../kernel/holes.js';
import { recordsOf } from './attribute-records.js';
import { linkRootMark, paxText, timeText } from './pax.js';
import { dataBytes, type EntryHead } from './tar-entry.js';
import { recordSize } from './tar-header.js';

/** The output: devices and FIFOs are not. */
export type WrittenHead = EntryHead & { readonly type: Exclude<EntryHead['type'], 'special'> };

const typeflags = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;
/** The largest numbers that the octal fields hold: 8 GiB less one byte, and 2 097 151. */
const maxOctalSize = 0o77777777777;
const maxOctalId = 0o7777777;

/**
 * The records of one header: POSIX ustar, after a pax header where something does not fit into it. The map of a sparse
 * file (GNU's form 1.0) comes behind it. `dataBytes(head)` bytes of content follow.
 * `memory` is used if they fit into it: then they are there until the next header is.
 */
export function encodeHead(head: WrittenHead, memory?: Buffer): Buffer {
  const path = head.type === 'directory' ? `${head.path}/` : head.path;
  const map = head.ranges ? sparseMap(head.ranges) : undefined;
  const size = head.type === 'file' ? (map?.length ?? 0) + dataBytes(head) : 0;
  const pax = paxOf(head, path, size);
  const ownAt = pax === '' ? 0 : recordSize + pax.length + paddingOf(pax.length);
  const length = ownAt + recordSize + (map?.length ?? 0);
  const bytes = (memory && length <= memory.length ? memory.subarray(0, length) : Buffer.allocUnsafe(length)).fill(0);
  if (pax !== '') writeRecord(bytes, 0, { ...paxHead, size: pax.length });
  bytes.write(pax, recordSize, 'latin1');
  writeRecord(bytes, ownAt, {
    path: head.ranges ? 'GNUSparseFile.0/file' : path,
    linkname: head.linkname,
    typeflag: typeflags[head.type],
    mode: head.mode,
    uid: head.uid,
    gid: head.gid,
    size: Math.min(size, maxOctalSize),
    mtime: Number(head.mtimeNs / 1_000_000_000n),
  });
  map?.copy(bytes, ownAt + recordSize);
  return bytes;
}

/** A pax global header: words about the whole archive, which stand before its first entry. */
export function encodeGlobal(records: Readonly<Record<string, string>>): Buffer {
  const pax = Object.entries(records).map(([key, value]) => paxText(key, value)).join('');
  const bytes = Buffer.alloc(recordSize + pax.length + paddingOf(pax.length));
  writeRecord(bytes, 0, { ...paxHead, path: 'PaxHeaders/archive', typeflag: 'g', size: pax.length });
  bytes.write(pax, recordSize, 'latin1');
  return bytes;
}

/** The pax records of what the ustar header cannot say, as bytes (one character for each). */
function paxOf(head: WrittenHead, path: string, size: number): string {
  const { linkname, mtimeNs, ranges, linkRoot, attributes } = head;
  let text = '';
  const add = (key: string, value: string): void => { text += paxText(key, value); };
  const isPathLong = !fits(path);
  const isLinkLong = linkname !== '' && !fits(linkname);
  // libarchive takes names for UTF-8 unless it is told that they are only bytes
  if ((isPathLong && !isUtf8(path)) || (isLinkLong && !isUtf8(linkname))) add('hdrcharset', 'BINARY');
  if (ranges) for (const [key, value] of sparseRecords(head, path)) add(key, value);
  else if (isPathLong) add('path', path);
  if (isLinkLong) add('linkpath', linkname);
  if (size > maxOctalSize) add('size', String(size));
  if (!isPlainTime(mtimeNs)) add('mtime', timeText(mtimeNs));
  if (head.uid > maxOctalId) add('uid', String(head.uid));
  if (head.gid > maxOctalId) add('gid', String(head.gid));
  if (linkRoot !== undefined) add('comment', linkRootMark + linkRoot);
  if (attributes.size > 0) for (const [key, value] of recordsOf(attributes)) add(key, value);
  return text;
}

/** Whole seconds that fit into the header. */
const isPlainTime = (nanos: bigint): boolean =>
  nanos >= 0n && nanos % 1_000_000_000n === 0n && nanos / 1_000_000_000n <= BigInt(maxOctalSize);

const sparseRecords = (head: WrittenHead, path: string): (readonly [string, string])[] => [
  ['GNU.sparse.major', '1'],
  ['GNU.sparse.minor', '0'],
  ['GNU.sparse.name', path],
  ['GNU.sparse.realsize', String(head.size)],
];

function sparseMap(ranges: readonly Range[]): Buffer {
  const numbers = [ranges.length, ...ranges.flatMap(({ offset, length }) => [offset, length])];
  const text = Buffer.from(`${numbers.join('\n')}\n`);
  return Buffer.concat([text, zeros(paddingOf(text.length))]);
}

/** How many zeros fill the last record of a content. */
export const paddingOf = (size: number): number => (recordSize - (size % recordSize)) % recordSize;

/** Two empty records end an archive. */
export const archiveEnd = (): Buffer => zeros(2 * recordSize);

const zeros = (length: number): Buffer => Buffer.alloc(length);
/** A short name of ASCII, or one of bytes that no pax record could hold as text, stands in the header itself. */
const fits = (name: string): boolean => name.length <= 100 && (/^[\x20-\x7e]*$/.test(name) || !isUtf8(name));

function isUtf8(name: string): boolean {
  if (/^[\x00-\x7f]*$/.test(name)) return true;
  const bytes = Buffer.from(name, 'latin1');
  return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
}

interface Fields {
  readonly path: string;
  readonly linkname: string;
  readonly typeflag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
}

const paxHead = {
  path: 'PaxHeaders/entry',
  linkname: '',
  typeflag: 'x',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 0,
};
/** All behind these is zeros in the headers that are written here. */
const writtenBytes = 265;

/** Writes a header record into zeros. */
function writeRecord(bytes: Buffer, at: number, head: Fields): void {
  if (head.path.length > 0) bytes.write(head.path, at, 100, 'latin1');
  octal(bytes, at + 100, 8, head.mode & 0o7777);
  octal(bytes, at + 108, 8, Math.min(head.uid, maxOctalId));
  octal(bytes, at + 116, 8, Math.min(head.gid, maxOctalId));
  octal(bytes, at + 124, 12, head.size);
  octal(bytes, at + 136, 12, Math.max(0, Math.min(head.mtime, maxOctalSize)));
  bytes[at + 156] = head.typeflag.charCodeAt(0);
  if (head.linkname.length > 0) bytes.write(head.linkname, at + 157, 100, 'latin1');
  bytes.write('ustar\0' + '00', at + 257, 'latin1');
  let sum = 8 * 0x20; // where the sum itself counts as blanks
  for (let i = at; i < at + writtenBytes; i++) sum += bytes[i] ?? 0;
  octal(bytes, at + 148, 7, sum);
  bytes[at + 155] = 0x20;
}

/** Digits, then a NUL, in `length` bytes. */
function octal(bytes: Buffer, at: number, length: number, value: number): void {
  let rest = value;
  for (let i = at + length - 2; i >= at; i--) {
    bytes[i] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}
