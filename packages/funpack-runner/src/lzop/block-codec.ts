import { createHash } from 'node:crypto';
import { blockHead, type BlockCheck, type PackedBlock } from './block.js';
import { BlockWork } from './block-work.js';

/**
 * Packs and unpacks blocks, here or on another thread. The answer may be in the memory that was handed in.
 */
export interface BlockCodec {
  /** With a sum, the block is added to it as it is in the file. */
  pack(data: Uint8Array, sum?: ArchiveSum): Promise<PackedBlock>;
  /** The SHA-256 of a file that this codec packs, made where it packs: it takes as long as all else together. */
  sum(): ArchiveSum;
  /**
   * `memory` begins with the packed block and has room for the unpacked one. Rejects with a sentence that says what is
   * wrong with the block.
   */
  unpack(memory: Uint8Array, packedLength: number, check: BlockCheck): Promise<Uint8Array>;
  /** Ends its threads. */
  close(): Promise<void>;
}

/** Takes the bytes of one file in their order. */
export interface ArchiveSum {
  /** Adds what comes between blocks. */
  add(bytes: Uint8Array): void;
  /** In lower-case hex. */
  digest(): Promise<string>;
}

class InlineSum implements ArchiveSum {
  readonly #hash = createHash('sha256');

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  async digest(): Promise<string> {
    return this.#hash.digest('hex');
  }
}

/** Works on the calling thread. */
export const inlineCodec: BlockCodec = {
  pack: async (data, sum) => {
    const packed = new BlockWork().pack(new Uint8Array(data));
    sum?.add(blockHead(packed));
    sum?.add(packed.bytes);
    return packed;
  },
  sum: () => new InlineSum(),
  unpack: async (memory, packedLength, check) => new BlockWork().unpack(memory, packedLength, check),
  close: async () => undefined,
};
