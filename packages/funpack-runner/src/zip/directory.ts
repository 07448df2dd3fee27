import { PinkyError } from '@pinky/protocol';

/** A file that can be read at any place. */
export interface RandomAccess {
  readonly size: number;
  /** So many bytes from there, or fewer at the end. */
  readonly read: (offset: number, length: number) => Promise<Buffer>;
}

/** One file in a .zip archive, as its directory says. Names are bytes, one character for each. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly crc32: number;
  readonly packedSize: number;
  readonly size: number;
  /** st_mode of the system that made it, where that was a Unix. */
  readonly mode: number | undefined;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly offset: number;
}

export const badZip = (problem: string): PinkyError =>
  new PinkyError('bad_archive', `the .zip archive is damaged or foreign: ${problem}`);

const endBytes = 22;
const longestComment = 0xffff;
const entryBytes = 46;
const none32 = 0xffff_ffff;
const unix = 3;

/** The entries of an archive, from the directory at its end (PKWARE APPNOTE 6.3, with Zip64). Throws `bad_archive`. */
export async function* zipEntries(file: RandomAccess): AsyncGenerator<ZipEntry> {
  const { offset, size, count } = await directoryPlace(file);
  if (offset + size > file.size) throw badZip('its directory lies beyond its end');
  let at = offset;
  for (let i = 0; i < count; i++) {
    const head = await file.read(at, entryBytes);
    if (head.length < entryBytes || head.readUInt32LE(0) !== 0x02014b50) throw badZip('its directory is cut off');
    const [name, extra, comment] = [28, 30, 32].map((place) => head.readUInt16LE(place));
    const rest = await file.read(at + entryBytes, (name ?? 0) + (extra ?? 0));
    at += entryBytes + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
    if (at > offset + size) throw badZip('its directory is longer than it says');
    yield entryOf(head, rest.toString('latin1', 0, name), rest.subarray(name));
  }
}

async function directoryPlace(file: RandomAccess): Promise<{ offset: number; size: number; count: number }> {
  const tailAt = Math.max(0, file.size - endBytes - longestComment);
  const tail = await file.read(tailAt, file.size - tailAt);
  const at = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (at < 0 || at + endBytes > tail.length) throw badZip('it has no end');
  const [count, size, offset] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  if (count !== 0xffff && size !== none32 && offset !== none32) return { count, size, offset };
  const locator = at >= 20 ? tail.subarray(at - 20, at) : Buffer.alloc(0);
  if (locator.length < 20 || locator.readUInt32LE(0) !== 0x07064b50) return { count, size, offset };
  const end = await file.read(big(locator, 8), 56);
  if (end.length < 56 || end.readUInt32LE(0) !== 0x06064b50) throw badZip('it has no end');
  return { count: big(end, 32), size: big(end, 40), offset: big(end, 48) };
}

function big(bytes: Buffer, at: number): number {
  const value = Number(bytes.readBigUInt64LE(at));
  if (!Number.isSafeInteger(value)) throw badZip('a number in it is out of range');
  return value;
}

function entryOf(head: Buffer, name: string, extra: Buffer): ZipEntry {
  const fields = extraFields(extra);
  const large = fields.get(0x0001) ?? Buffer.alloc(0);
  let used = 0;
  const number = (at: number): number => {
    const value = head.readUInt32LE(at);
    if (value !== none32 || used + 8 > large.length) return value;
    used += 8;
    return big(large, used - 8);
  };
  const [size, packedSize, offset] = [number(24), number(20), number(42)];
  const time = fields.get(0x5455);
  const isUnix = head.readUInt8(5) === unix && head.readUInt16LE(40) !== 0;
  return {
    name,
    size,
    packedSize,
    offset,
    method: head.readUInt16LE(10),
    isEncrypted: (head.readUInt16LE(8) & 1) !== 0,
    crc32: head.readUInt32LE(16),
    mode: isUnix ? head.readUInt16LE(40) : undefined,
    mtime: time && time.length >= 5 && time.readUInt8(0) & 1 ? time.readInt32LE(1) : dosTime(head.readUInt32LE(12)),
  };
}

function extraFields(extra: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    fields.set(extra.readUInt16LE(at), extra.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

/** Time and date of MS-DOS, in the local time of whoever packed it: taken for that of this machine, as unzip does. */
function dosTime(value: number): number {
  const [date, time] = [value >>> 16, value & 0xffff];
  const local = new Date(
    1980 + (date >>> 9), ((date >>> 5) & 15) - 1, date & 31, time >>> 11, (time >>> 5) & 63, (time & 31) * 2,
  );
  return Math.max(0, Math.floor(local.getTime() / 1_000));
}
