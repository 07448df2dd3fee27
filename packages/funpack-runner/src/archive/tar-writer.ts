import { paxRecord } from './pax.js';
import { checksumOf, recordSize } from './tar-header.js';

/** One entry to write. `size` bytes of content follow a file's header. */
export interface EntryHead {
  readonly type: 'file' | 'directory' | 'symlink';
  /** Relative, without `./`. */
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
  readonly linkname?: string;
}

const typeflags: Readonly<Record<EntryHead['type'], string>> = { file: '0', directory: '5', symlink: '2' };
/** The largest size that the octal field holds: 8 GiB less one byte. */
const maxOctalSize = 0o77777777777;

/** The records of one header: POSIX ustar, after a pax header where a name or size does not fit or is not ASCII. */
export function encodeHead(head: EntryHead): Buffer {
  const path = head.type === 'directory' ? `${head.path}/` : head.path;
  const linkname = head.linkname ?? '';
  const pax = [
    ...(fits(path, 100) ? [] : [paxRecord('path', path)]),
    ...(fits(linkname, 100) ? [] : [paxRecord('linkpath', linkname)]),
    ...(head.size > maxOctalSize ? [paxRecord('size', String(head.size))] : []),
  ];
  const own = record({
    ...head,
    path,
    linkname,
    typeflag: typeflags[head.type],
    size: Math.min(head.size, maxOctalSize),
  });
  if (pax.length === 0) return own;
  const content = Buffer.concat(pax);
  const before = record({
    path: 'PaxHeaders/entry',
    linkname: '',
    typeflag: 'x',
    mode: 0o644,
    size: content.length,
    mtime: head.mtime,
  });
  return Buffer.concat([before, content, zeros(paddingOf(content.length)), own]);
}

/** How many zeros fill the last record of a content. */
export const paddingOf = (size: number): number => (recordSize - (size % recordSize)) % recordSize;

/** Two empty records end an archive. */
export const archiveEnd = (): Buffer => zeros(2 * recordSize);

const zeros = (length: number): Buffer => Buffer.alloc(length);
const fits = (text: string, bytes: number): boolean => /^[\x20-\x7e]*$/.test(text) && text.length <= bytes;

function record(head: {
  path: string;
  linkname: string;
  typeflag: string;
  mode: number;
  size: number;
  mtime: number;
}): Buffer {
  const bytes = Buffer.alloc(recordSize);
  bytes.write(head.path.slice(0, 100), 0, 100);
  octal(bytes, 100, 8, head.mode & 0o7777);
  octal(bytes, 108, 8, 0);
  octal(bytes, 116, 8, 0);
  octal(bytes, 124, 12, head.size);
  octal(bytes, 136, 12, Math.max(0, Math.min(Math.floor(head.mtime), maxOctalSize)));
  bytes.write(head.typeflag, 156);
  bytes.write(head.linkname.slice(0, 100), 157, 100);
  bytes.write('ustar\0' + '00', 257, 'latin1');
  octal(bytes, 148, 7, checksumOf(bytes));
  bytes.write(' ', 155);
  return bytes;
}

/** Digits, then a NUL, in `length` bytes. */
function octal(bytes: Buffer, at: number, length: number, value: number): void {
  bytes.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
}
