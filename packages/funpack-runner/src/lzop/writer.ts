import type { PackedBlock } from './block.js';
import { inlineCodec, type BlockCodec } from './block-codec.js';
import type { BlockPool } from '../archive/block-pool.js';
import { encodeHeader } from './header.js';
import { mapAhead } from './map-ahead.js';
import { blocksAhead } from './reader.js';

/**
 * An lzop file of the given blocks, in bounded memory. Each block has at most 256 KiB (`blockSize`) and is not empty.
 * With a pool, each chunk goes back to it when the next one is asked for, and must have been used by then.
 */
export async function* writeLzop(
  blocks: AsyncIterable<Buffer>,
  codec: BlockCodec = inlineCodec,
  pool?: BlockPool,
): AsyncGenerator<Buffer> {
  yield encodeHeader();
  for await (const packed of mapAhead(blocks, blocksAhead, (block) => codec.pack(block))) {
    yield blockHead(packed);
    yield Buffer.from(packed.bytes.buffer, packed.bytes.byteOffset, packed.bytes.byteLength);
    pool?.give(packed.bytes);
  }
  yield Buffer.alloc(4); // a block of length 0 is the end
}

function blockHead(packed: PackedBlock): Buffer {
  const head = Buffer.allocUnsafe(12);
  head.writeUInt32BE(packed.length, 0);
  head.writeUInt32BE(packed.bytes.length, 4);
  head.writeUInt32BE(packed.crc32, 8);
  return head;
}
