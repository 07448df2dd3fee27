import { crc32, deflateRawSync } from 'node:zlib';

export interface RawZipEntry {
  readonly name: string;
  readonly content?: string;
  /** st_mode of Unix. */
  readonly mode?: number;
  readonly isDeflated?: boolean;
  /** Bit 0: encrypted. */
  readonly flags?: number;
  /** The directory says this instead of the truth. */
  readonly size?: number;
  readonly crc?: number;
}

/** A .zip archive of exactly these entries, as a Unix makes it. */
export function zipOf(...entries: readonly RawZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = rawEntry(entry, offset);
    files.push(local);
    directory.push(central);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, ...directory, end]);
}

function rawEntry(entry: RawZipEntry, offset: number): { local: Buffer; central: Buffer } {
  const { content = '', mode = 0o100644, isDeflated = true, flags = 0 } = entry;
  const name = Buffer.from(entry.name);
  const plain = Buffer.from(content);
  const data = isDeflated ? deflateRawSync(plain) : plain;
  const numbers = Buffer.alloc(22); // method, time, date, CRC, sizes, and the length of the name
  numbers.writeUInt16LE(isDeflated ? 8 : 0, 0);
  numbers.writeUInt16LE(0x6000, 2); // 12:00
  numbers.writeUInt16LE(0x5a21, 4); // 2025-01-01
  numbers.writeUInt32LE(entry.crc ?? crc32(plain), 6);
  numbers.writeUInt32LE(data.length, 10);
  numbers.writeUInt32LE(entry.size ?? plain.length, 14);
  numbers.writeUInt16LE(name.length, 18);
  const start = Buffer.from([20, 0, flags, 0]);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), start, numbers, name, data]);
  const rest = Buffer.alloc(14); // comment, disk, inner attributes, outer attributes, offset
  rest.writeUInt32LE((mode << 16) >>> 0, 6);
  rest.writeUInt32LE(offset, 10);
  const made = Buffer.from([63, 3]);
  return { local, central: Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), made, start, numbers, rest, name]) };
}
