import type { BlockCheck, PackedBlock } from './block.js';
import { BlockWork } from './block-work.js';

/**
 * Packs and unpacks blocks, here or on another thread. The answer may be in the memory that was handed in.
 */
export interface BlockCodec {
  pack(data: Uint8Array): Promise<PackedBlock>;
  /**
   * `memory` begins with the packed block and has room for the unpacked one. Rejects with a sentence that says what is
   * wrong with the block.
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
