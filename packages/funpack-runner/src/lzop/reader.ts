import { messageOf } from '@pinky/protocol';
import { ByteReader } from '../archive/byte-reader.js';
import type { BlockCheck, Sum } from './block.js';
import { inlineCodec, type BlockCodec } from './block-codec.js';
import type { BlockPool } from '../archive/block-pool.js';
import { blockSize, maxBlockSize } from './format.js';
import { badLzop, readHeader, type BlockChecksums } from './header.js';
import { mapAhead } from './map-ahead.js';

/** A block below this size, bytes, is unpacked here: the way to another thread and back takes longer. */
const tinyBlock = 4_096;
/** How many blocks of 256 KiB may be under way to a codec's thread and back. */
export const blocksAhead = 8;

/**
 * The data of an lzop file, in blocks, in bounded memory. Members that follow one another are read as one, as by
 * `lzop -dc`. With a pool, chunks of the source go there when they are used up, and memory for the blocks comes from
 * there. Throws `bad_archive` where the file is damaged or cut off.
 */
export async function* readLzop(
  source: AsyncIterable<Buffer>,
  codec: BlockCodec = inlineCodec,
  pool?: BlockPool,
): AsyncGenerator<Buffer> {
  const data = mapAhead(packedBlocks(source, pool), blocksAhead, async ({ packed, check }) => {
    try {
      const nearest = check.length < tinyBlock ? inlineCodec : codec;
      return await nearest.unpack(memoryFor(packed, check, pool), packed.length, check);
    } catch (failure) {
      throw badLzop(messageOf(failure));
    }
  });
  for await (const block of data) yield Buffer.from(block.buffer, block.byteOffset, block.byteLength);
}

interface ReadBlock {
  readonly packed: Buffer;
  readonly check: BlockCheck;
}

/** A copy of the packed block, where its data will be: the reader takes its own memory back at the next read. */
function memoryFor(packed: Buffer, { length }: BlockCheck, pool: BlockPool | undefined): Uint8Array {
  const memory = pool && length <= blockSize ? pool.take() : new Uint8Array(length);
  memory.set(packed);
  return memory;
}

async function* packedBlocks(source: AsyncIterable<Buffer>, pool: BlockPool | undefined): AsyncGenerator<ReadBlock> {
  const reader = new ByteReader(source, pool);
  try {
    do {
      const checksums = await readHeader(reader);
      for (let block = await nextBlock(reader, checksums); block; block = await nextBlock(reader, checksums))
        yield block;
    } while (!(await reader.isAtEnd()));
  } finally {
    await reader.close();
  }
}

async function nextBlock(reader: ByteReader, checksums: BlockChecksums): Promise<ReadBlock | undefined> {
  const number = async (): Promise<number> => (await reader.read(4, 'the head of a block')).readUInt32BE();
  const length = await number();
  if (length === 0) return undefined;
  if (length > maxBlockSize) throw badLzop(`a block of ${length} bytes is larger than any lzop writes`);
  const packedLength = await number();
  if (packedLength === 0 || packedLength > length) throw badLzop('a block is larger packed than unpacked');
  const ofData: Sum[] = [];
  for (const kind of checksums.ofData) ofData.push({ kind, value: await number() });
  const ofCompressed: Sum[] = [];
  // A stored block has no second checksum, because the first one is of the same bytes.
  if (packedLength < length) {
    for (const kind of checksums.ofCompressed) ofCompressed.push({ kind, value: await number() });
  }
  return { packed: await reader.read(packedLength, 'a block'), check: { length, ofData, ofCompressed } };
}
