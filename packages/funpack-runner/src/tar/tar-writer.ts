import type { Range } from '../kernel/holes.js';
import { recordsOf } from './attribute-records.js';
import { linkRootMark, paxRecord, timeText } from './pax.js';
import { dataBytes, type EntryHead } from './tar-entry.js';
import { checksumOf, recordSize } from './tar-header.js';

/** The output: devices and FIFOs are not. */
export type WrittenHead = EntryHead & { readonly type: Exclude<EntryHead['type'], 'special'> };

const typeflags = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;
/** The largest numbers that the octal fields hold: 8 GiB less one byte, and 2 097 151. */
const maxOctalSize = 0o77777777777;
const maxOctalId = 0o7777777;

/**
 * The records of one header: POSIX ustar, after a pax header where something does not fit into it. The map of a sparse
 * file (GNU's form 1.0) comes behind it. `dataBytes(head)` bytes of content follow.
 */
export function encodeHead(head: WrittenHead): Buffer {
  const path = head.type === 'directory' ? `${head.path}/` : head.path;
  const map = head.ranges ? sparseMap(head.ranges) : Buffer.alloc(0);
  const size = head.type === 'file' ? map.length + dataBytes(head) : 0;
  const pax = Buffer.concat(paxOf(head, path, size).map(([key, value]) => paxRecord(key, value)));
  const mtime = Number(head.mtimeNs / 1_000_000_000n);
  const ownAt = pax.length === 0 ? 0 : recordSize + pax.length + paddingOf(pax.length);
  const bytes = Buffer.allocUnsafe(ownAt + recordSize + map.length).fill(0);
  if (ownAt > 0) writeRecord(bytes, 0, { ...paxHead, size: pax.length, mtime });
  pax.copy(bytes, recordSize);
  writeRecord(bytes, ownAt, {
    path: head.ranges ? 'GNUSparseFile.0/file' : path,
    linkname: head.linkname,
    typeflag: typeflags[head.type],
    mode: head.mode,
    uid: head.uid,
    gid: head.gid,
    size: Math.min(size, maxOctalSize),
    mtime,
  });
  map.copy(bytes, ownAt + recordSize);
  return bytes;
}

/** A pax global header: words about the whole archive, which stand before its first entry. */
export function encodeGlobal(records: Readonly<Record<string, string>>): Buffer {
  const pax = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)));
  const bytes = Buffer.alloc(recordSize + pax.length + paddingOf(pax.length));
  writeRecord(bytes, 0, { ...paxHead, path: 'PaxHeaders/archive', typeflag: 'g', size: pax.length, mtime: 0 });
  pax.copy(bytes, recordSize);
  return bytes;
}

/** The pax records of what the ustar header cannot say. */
function paxOf(head: WrittenHead, path: string, size: number): [key: string, value: string][] {
  const names = [
    ...(fits(path) ? [] : [[head.ranges ? 'GNU.sparse.name' : 'path', path] as const]),
    ...(fits(head.linkname) ? [] : [['linkpath', head.linkname] as const]),
  ];
  const seconds = head.mtimeNs / 1_000_000_000n;
  const isPlainTime = head.mtimeNs >= 0n && head.mtimeNs % 1_000_000_000n === 0n && seconds <= BigInt(maxOctalSize);
  const records: (readonly [string, string])[] = [
    // libarchive takes names for UTF-8 unless it is told that they are only bytes
    ...(names.every(([, name]) => isUtf8(name)) ? [] : [['hdrcharset', 'BINARY'] as const]),
    ...(head.ranges ? sparseRecords(head, path) : names),
    ...(head.ranges ? names.filter(([key]) => key === 'linkpath') : []),
    ...(size > maxOctalSize ? [['size', String(size)] as const] : []),
    ...(isPlainTime ? [] : [['mtime', timeText(head.mtimeNs)] as const]),
    ...(head.uid > maxOctalId ? [['uid', String(head.uid)] as const] : []),
    ...(head.gid > maxOctalId ? [['gid', String(head.gid)] as const] : []),
    ...(head.linkRoot === undefined ? [] : [['comment', linkRootMark + head.linkRoot] as const]),
    ...recordsOf(head.attributes),
  ];
  return records.map(([key, value]) => [key, value]);
}

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

const paxHead = { path: 'PaxHeaders/entry', linkname: '', typeflag: 'x', mode: 0o644, uid: 0, gid: 0 };

/** Writes a header record into zeros. */
function writeRecord(into: Buffer, at: number, head: Fields): void {
  const bytes = into.subarray(at, at + recordSize);
  bytes.write(head.path, 0, 100, 'latin1');
  octal(bytes, 100, 8, head.mode & 0o7777);
  octal(bytes, 108, 8, Math.min(head.uid, maxOctalId));
  octal(bytes, 116, 8, Math.min(head.gid, maxOctalId));
  octal(bytes, 124, 12, head.size);
  octal(bytes, 136, 12, Math.max(0, Math.min(head.mtime, maxOctalSize)));
  bytes.write(head.typeflag, 156, 'latin1');
  bytes.write(head.linkname, 157, 100, 'latin1');
  bytes.write('ustar\0' + '00', 257, 'latin1');
  octal(bytes, 148, 7, checksumOf(bytes));
  bytes.write(' ', 155, 'latin1');
}

/** Digits, then a NUL, in `length` bytes. */
function octal(bytes: Buffer, at: number, length: number, value: number): void {
  let rest = value;
  for (let i = at + length - 2; i >= at; i--) {
    bytes[i] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}
