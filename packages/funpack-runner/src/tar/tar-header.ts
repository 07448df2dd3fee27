import { PinkyError } from '@pinky/protocol';

/** Tar's records have 512 bytes: one is the header, and those of the content follow, filled with zeros. */
export const recordSize = 512;

/**
 * A header as it is, before extended headers are applied. Names are bytes, one character for each. A number is
 * undefined where its field holds none: what cannot be read is no reason to refuse a file whose size is known.
 */
export interface RawHeader {
  readonly name: string;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly size: number | undefined;
  /** Seconds since 1970. */
  readonly mtime: number | undefined;
  /** One character, as POSIX.1-1988 and GNU tar define them. */
  readonly typeflag: string;
  readonly linkname: string;
  /** The record itself. */
  readonly record: Buffer;
}

export const badTar = (problem: string): PinkyError =>
  new PinkyError('bad_archive', `the archive is damaged or foreign: ${problem}`);

/** Reads a header record. Undefined for the empty record that ends an archive. Throws `bad_archive`. */
export function parseHeader(record: Buffer): RawHeader | undefined {
  if (!hasChecksum(record)) {
    if (isZero(record)) return undefined;
    throw badTar('a header\'s checksum is wrong');
  }
  const isUstar = record.toString('latin1', 257, 262) === 'ustar';
  // GNU's own format ("ustar  ") has other fields where POSIX has the front of a long name.
  const prefix = isUstar && record[262] === 0 ? textOf(record, 345, prefixLength(record)) : '';
  const name = textOf(record, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: numberOf(record, 100, 8),
    uid: numberOf(record, 108, 8),
    gid: numberOf(record, 116, 8),
    size: numberOf(record, 124, 12),
    mtime: numberOf(record, 136, 12),
    typeflag: String.fromCharCode(record[156] || 0x30),
    linkname: textOf(record, 157, 100),
    record,
  };
}

/** Whether these bytes begin a tar archive. */
export const looksLikeTar = (record: Buffer): boolean =>
  record.length === recordSize && (isZero(record) || hasChecksum(record));

/** The sum of all bytes, where those of the checksum itself count as blanks. */
export function checksumOf(record: Buffer, isSigned = false): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < recordSize; i++) {
    const byte = record[i] ?? 0;
    if (i < 148 || i >= 156) sum += isSigned && byte > 127 ? byte - 256 : byte;
  }
  return sum;
}

/** Old programs added up signed bytes. Every reader takes both sums. */
function hasChecksum(record: Buffer): boolean {
  const stored = octal(record, 148, 8);
  return stored !== undefined && (stored === checksumOf(record) || stored === checksumOf(record, true));
}

/** star keeps times where others have the end of the prefix. It puts "tar" at the end of the record. */
const prefixLength = (record: Buffer): number => (record.toString('latin1', 508, 511) === 'tar' ? 131 : 155);

const isZero = (record: Buffer): boolean => record.every((byte) => byte === 0);

function textOf(record: Buffer, at: number, length: number): string {
  const end = record.indexOf(0, at);
  return record.toString('latin1', at, end >= at && end < at + length ? end : at + length);
}

/** Blanks may stand before the digits, and a blank or NUL ends them. No digits are 0. */
function octal(record: Buffer, at: number, length: number): number | undefined {
  let value = 0;
  let hasDigits = false;
  for (let i = at; i < at + length; i++) {
    const byte = record[i] ?? 0;
    if (byte >= 0x30 && byte <= 0x37) {
      value = value * 8 + byte - 0x30;
      hasDigits = true;
    } else if (byte === 0 || (byte === 0x20 && hasDigits)) {
      return value;
    } else if (byte !== 0x20) {
      return undefined;
    }
  }
  return value;
}

/** Octal text. With the first bit set: a big-endian binary number, GNU tar's form for what octal cannot hold. */
export function numberOf(record: Buffer, at: number, length: number): number | undefined {
  const first = record[at] ?? 0;
  const value = first & 0x80 ? binary(record.subarray(at, at + length)) : octal(record, at, length);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Two's complement, without the first bit. Only times are ever negative. */
function binary(bytes: Buffer): number {
  const isNegative = ((bytes[0] ?? 0) & 0x40) !== 0;
  let value = isNegative ? ((bytes[0] ?? 0) | 0x80) - 256 : (bytes[0] ?? 0) & 0x7f;
  for (const byte of bytes.subarray(1)) value = value * 256 + byte;
  return value;
}
