import { BlockWork } from './block-work.js';

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

/**
 * Packs and unpacks blocks, here or on another thread. Memory that is handed in may come back with the answer in it.
 */
export interface BlockCodec {
  pack(data: Uint8Array): Promise<Packed>;
  /**
   * `memory` begins with the packed block and has room for the unpacked one. Rejects with a sentence of what is wrong
   * with the block.
   */
  unpack(memory: Uint8Array, packedLength: number, check: BlockCheck): Promise<Uint8Array>;
  /** Ends its threads. */
  close(): Promise<void>;
}

/** Works on the calling thread. */
export const inlineCodec: BlockCodec = {
  pack: async (data) => new BlockWork().pack(new Uint8Array(data)),
  unpack: async (memory, packedLength, check) => new BlockWork().unpack(memory, packedLength, check),
  close: async () => undefined,
};
