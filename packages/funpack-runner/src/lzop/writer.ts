import { blockHead } from './block.js';
import { inlineCodec, type ArchiveSum, type BlockCodec } from './block-codec.js';
import type { BlockPool } from '../archive/block-pool.js';
import { encodeHeader } from './header.js';
import { mapAhead } from './map-ahead.js';
import { blocksAhead } from './reader.js';

/**
 * An lzop file of the given blocks, in bounded memory. Each block has at most 256 KiB (`blockSize`) and is not empty.
 * With a pool, each chunk goes back to it when the next one is asked for, and must have been used by then. With a sum
 * of the codec, all of the file is added to it.
 */
export async function* writeLzop(
  blocks: AsyncIterable<Buffer>,
  codec: BlockCodec = inlineCodec,
  pool?: BlockPool,
  sum?: ArchiveSum,
): AsyncGenerator<Buffer> {
  const header = encodeHeader();
  sum?.add(header);
  yield header;
  for await (const packed of mapAhead(blocks, blocksAhead, (block) => codec.pack(block, sum))) {
    yield blockHead(packed);
    yield Buffer.from(packed.bytes.buffer, packed.bytes.byteOffset, packed.bytes.byteLength);
    pool?.give(packed.bytes);
  }
  const end = Buffer.alloc(4); // a block of length 0
  sum?.add(end);
  yield end;
}
