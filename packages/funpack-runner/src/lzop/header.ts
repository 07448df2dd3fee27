import { PinkyError } from '@pinky/protocol';
import type { ByteReader } from '../archive/byte-reader.js';
import { adler32, crc32 } from './checksum.js';
import { defaultLevel, flag, lzo1xMethods, magic, method1x1, osUnix, writtenVersion } from './format.js';

/** The checksums before each block. */
export interface BlockChecksums {
  readonly ofData: readonly ('adler32' | 'crc32')[];
  readonly ofCompressed: readonly ('adler32' | 'crc32')[];
}

export const badLzop = (problem: string): PinkyError =>
  new PinkyError('bad_archive', `the .lzo archive is damaged or foreign: ${problem}`);

/** Reads a header with its magic. Throws `bad_archive` for everything that lzop's own reader refuses too. */
export async function readHeader(reader: ByteReader): Promise<BlockChecksums> {
  const what = 'its header';
  if (!(await reader.read(magic.length, what)).equals(magic)) throw badLzop('it does not begin as lzop files do');
  const parts: Buffer[] = [];
  const read = async (length: number): Promise<Buffer> => {
    const part = Buffer.from(await reader.read(length, what)); // a copy, because it is used after the next read
    parts.push(part);
    return part;
  };
  const version = (await read(2)).readUInt16BE();
  if (version < 0x0900) throw badLzop('it was made by an lzop older than 0.9');
  const isNew = version >= 0x0940;
  await read(2); // the version of the library that wrote it says nothing about the format
  const needed = isNew ? (await read(2)).readUInt16BE() : 0;
  if (needed > writtenVersion.container) {
    throw badLzop(`it needs lzop ${(needed >> 12).toString(16)}.${((needed >> 4) & 0xff).toString(16)} or newer`);
  }
  const method = (await read(1)).readUInt8();
  if (!lzo1xMethods.has(method)) throw badLzop(`its method ${method} is not LZO1X`);
  if (isNew) await read(1); // level
  const flags = (await read(4)).readUInt32BE();
  if (flags & flag.filter) throw badLzop('it uses a filter, which is not read here');
  if (flags & flag.multipart) throw badLzop('it is one part of several');
  await read(isNew ? 12 : 8); // mode, modification time
  await read((await read(1)).readUInt8()); // name
  const sum = (await reader.read(4, what)).readUInt32BE();
  if (sum !== (flags & flag.headerCrc32 ? crc32 : adler32)(Buffer.concat(parts))) {
    throw badLzop('the checksum of its header is wrong');
  }
  if (flags & flag.extraField) await readExtraField(reader, flags);
  return checksumsOf(flags);
}

const checksumsOf = (flags: number): BlockChecksums => ({
  ofData: [
    ...(flags & flag.adler32OfData ? ['adler32' as const] : []),
    ...(flags & flag.crc32OfData ? ['crc32' as const] : []),
  ],
  ofCompressed: [
    ...(flags & flag.adler32OfCompressed ? ['adler32' as const] : []),
    ...(flags & flag.crc32OfCompressed ? ['crc32' as const] : []),
  ],
});

async function readExtraField(reader: ByteReader, flags: number): Promise<void> {
  const length = Buffer.from(await reader.read(4, 'its extra field'));
  if (length.readUInt32BE() > 1 << 20) throw badLzop('its extra field is too long');
  const content = Buffer.from(await reader.read(length.readUInt32BE(), 'its extra field'));
  const sum = (await reader.read(4, 'its extra field')).readUInt32BE();
  if (sum !== (flags & flag.headerCrc32 ? crc32 : adler32)(Buffer.concat([length, content]))) {
    throw badLzop('the checksum of its extra field is wrong');
  }
}

/** A header without name and time, so that equal content gives equal archives. Blocks have the CRC-32 of their data. */
export function encodeHeader(): Buffer {
  const body = Buffer.alloc(25);
  body.writeUInt16BE(writtenVersion.container, 0);
  body.writeUInt16BE(writtenVersion.library, 2);
  body.writeUInt16BE(writtenVersion.needed, 4);
  body.writeUInt8(method1x1, 6);
  body.writeUInt8(defaultLevel, 7);
  body.writeUInt32BE((flag.crc32OfData | osUnix) >>> 0, 8);
  body.writeUInt32BE(0o100644, 12);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(adler32(body));
  return Buffer.concat([magic, body, sum]);
}
