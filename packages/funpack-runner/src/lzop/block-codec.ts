import { compress, decompress } from './lzo.js';
import { adler32, crc32 } from './checksum.js';

/** One block as it stands in the file: as many bytes as the data means that it is stored as it is. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly crc32: number;
}

/** What is known of a block before it is read. */
export interface BlockCheck {
  readonly length: number;
  readonly ofData: readonly Sum[];
  readonly ofCompressed: readonly Sum[];
}

export interface Sum {
  readonly kind: 'adler32' | 'crc32';
  readonly value: number;
}

/** Packs and unpacks blocks, here or on another thread. Blocks handed in belong to the codec from then on. */
export interface BlockCodec {
  pack(data: Uint8Array): Promise<Packed>;
  /** Rejects with a sentence of what is wrong with the block. */
  unpack(packed: Uint8Array, check: BlockCheck): Promise<Uint8Array>;
  /** Ends its threads. */
  close(): Promise<void>;
}

const sums = { adler32, crc32 } as const;
const isRight = (bytes: Uint8Array) => (sum: Sum): boolean => sums[sum.kind](bytes) === sum.value;
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function packBlock(data: Uint8Array): Packed {
  const packed = compress(asBuffer(data));
  return { bytes: packed.length < data.length ? packed : data, length: data.length, crc32: crc32(data) };
}

/**
 * LZO1X's safe decompressor stays within the input and the `length` bytes we give it, so a corrupt block is an error
 * code; the checksums find what decompresses to something else.
 */
export function unpackBlock(packed: Uint8Array, check: BlockCheck): Uint8Array {
  if (packed.length === check.length) return checkedData(packed, check);
  if (!check.ofCompressed.every(isRight(packed))) throw new Error('the checksum of a compressed block is wrong');
  const data = decompress(asBuffer(packed), check.length);
  if (data.length !== check.length) throw new Error('a block is shorter than it says');
  return checkedData(data, check);
}

function checkedData(data: Uint8Array, check: BlockCheck): Uint8Array {
  if (!check.ofData.every(isRight(data))) throw new Error('the checksum of a block is wrong');
  return data;
}

/** Works on the calling thread. */
export const inlineCodec: BlockCodec = {
  pack: async (data) => packBlock(data),
  unpack: async (packed, check) => unpackBlock(packed, check),
  close: async () => undefined,
};
