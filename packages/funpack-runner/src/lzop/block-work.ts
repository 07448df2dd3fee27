import type { BlockCheck, PackedBlock, Sum } from './block.js';
import { adler32, crc32 } from './checksum.js';
import { compress, decompress, maxCompressed } from './lzo.js';

const sums = { adler32, crc32 } as const;
const isRight = (bytes: Uint8Array) => (sum: Sum): boolean => sums[sum.kind](bytes) === sum.value;

/** Packs and unpacks in place: the block's own memory holds the result, and all blocks share one scratch. */
export class BlockWork {
  #scratch = new Uint8Array(0);

  /** The packed block is at the beginning of `data`. If it would not be smaller, `data` stays as it is. */
  pack(data: Uint8Array): PackedBlock {
    const crc = crc32(data);
    const scratch = this.#scratchOf(maxCompressed(data.length));
    const length = compress(data, scratch);
    if (length >= data.length) return { bytes: data, length: data.length, crc32: crc };
    data.set(scratch.subarray(0, length));
    return { bytes: data.subarray(0, length), length: data.length, crc32: crc };
  }

  /**
   * `memory` begins with the packed block and has room for the unpacked one, which takes its place. LZO1X's safe
   * decompressor stays within both, so a corrupt block only gives an error code. The checksums find a block that
   * decompresses to something else.
   */
  unpack(memory: Uint8Array, packedLength: number, check: BlockCheck): Uint8Array {
    const data = memory.subarray(0, check.length);
    if (packedLength < check.length) {
      const packed = memory.subarray(0, packedLength);
      if (!check.ofCompressed.every(isRight(packed))) throw new Error('the checksum of a compressed block is wrong');
      const scratch = this.#scratchOf(check.length).subarray(0, check.length);
      if (decompress(packed, scratch) !== check.length) throw new Error('a block is shorter than it says');
      data.set(scratch);
    }
    if (!check.ofData.every(isRight(data))) throw new Error('the checksum of a block is wrong');
    return data;
  }

  #scratchOf(length: number): Uint8Array {
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length);
    return this.#scratch;
  }
}
