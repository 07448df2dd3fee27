import { PinkyError } from '@pinky/protocol';

/** Tar's records have 512 bytes: one is the header, and those of the content follow, filled with zeros. */
export const recordSize = 512;

/** A header as it is, before extended headers are applied. */
export interface RawHeader {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** One character, as POSIX.1-1988 and GNU tar define them. */
  readonly typeflag: string;
  readonly linkname: string;
}

export const badTar = (problem: string): PinkyError =>
  new PinkyError('bad_archive', `the archive is damaged or foreign: ${problem}`);

/** Reads a header record. Undefined for the empty record that ends an archive. Throws `bad_archive`. */
export function parseHeader(record: Buffer): RawHeader | undefined {
  const stored = octal(record, 148, 8);
  const sum = checksumOf(record);
  if (stored !== sum) {
    if (isZero(record)) return undefined;
    throw badTar('a header\'s checksum is wrong');
  }
  const isUstar = record.toString('latin1', 257, 262) === 'ustar';
  // GNU's own format ("ustar  ") has other fields where POSIX has the front of a long name.
  const prefix = isUstar && record[262] === 0 ? text(record, 345, 155) : '';
  const name = text(record, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(record, 100, 8) & 0o7777,
    size: number(record, 124, 12),
    mtime: number(record, 136, 12),
    typeflag: String.fromCharCode(record[156] || 0x30),
    linkname: text(record, 157, 100),
  };
}

/** Whether these bytes begin a tar archive. */
export function looksLikeTar(record: Buffer): boolean {
  return record.length === recordSize && (isZero(record) || octal(record, 148, 8) === checksumOf(record));
}

/** The sum of all bytes, where those of the checksum itself count as blanks. */
export function checksumOf(record: Buffer): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < recordSize; i++) if (i < 148 || i >= 156) sum += record[i] ?? 0;
  return sum;
}

const isZero = (record: Buffer): boolean => record.every((byte) => byte === 0);

function text(record: Buffer, at: number, length: number): string {
  const end = record.indexOf(0, at);
  return record.toString('utf8', at, end >= at && end < at + length ? end : at + length);
}

function octal(record: Buffer, at: number, length: number): number {
  const digits = record.toString('latin1', at, at + length).replace(/[\0 ]+$/, '').trimStart();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : NaN;
}

/** Octal text. With the first bit set: a big-endian binary number, GNU tar's form for what octal cannot hold. */
function number(record: Buffer, at: number, length: number): number {
  const first = record[at] ?? 0;
  const value = first & 0x80 ? binary(record.subarray(at, at + length)) : octal(record, at, length);
  if (!Number.isSafeInteger(value)) throw badTar('a number is missing in a header');
  return value;
}

/** Two's complement, without the first bit. Only times are ever negative. */
function binary(bytes: Buffer): number {
  const isNegative = bytes[0] === 0xff;
  let value = isNegative ? -1 : (bytes[0] ?? 0) & 0x7f;
  for (const byte of bytes.subarray(1)) value = value * 256 + byte;
  return value;
}
