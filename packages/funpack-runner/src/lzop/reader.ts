import { ByteReader } from '../archive/byte-reader.js';
import { inlineCodec, type BlockCheck, type BlockCodec, type Sum } from './block-codec.js';
import { maxBlockSize } from './format.js';
import { badLzop, readHeader, type BlockChecksums } from './header.js';
import { mapAhead } from './map-ahead.js';

/** Blocks of 256 KiB that may be under way to a codec's threads and back. */
export const blocksAhead = 8;

/**
 * The data of an lzop file, in blocks, in bounded memory; members that follow one another are read as one, as
 * `lzop -dc` does. Throws `bad_archive` for whatever is damaged or cut off.
 */
export async function* readLzop(source: AsyncIterable<Buffer>, codec: BlockCodec = inlineCodec): AsyncGenerator<Buffer> {
  const data = mapAhead(packedBlocks(source), blocksAhead, async ({ packed, check }) => {
    try {
      return await codec.unpack(packed, check);
    } catch (failure) {
      throw badLzop(failure instanceof Error ? failure.message : String(failure));
    }
  });
  for await (const block of data) yield Buffer.from(block.buffer, block.byteOffset, block.byteLength);
}

interface PackedBlock {
  readonly packed: Buffer;
  readonly check: BlockCheck;
}

async function* packedBlocks(source: AsyncIterable<Buffer>): AsyncGenerator<PackedBlock> {
  const reader = new ByteReader(source);
  try {
    do {
      const checksums = await readHeader(reader);
      for (let block = await nextBlock(reader, checksums); block; block = await nextBlock(reader, checksums)) yield block;
    } while (!(await reader.isAtEnd()));
  } finally {
    await reader.close();
  }
}

async function nextBlock(reader: ByteReader, checksums: BlockChecksums): Promise<PackedBlock | undefined> {
  const number = async (): Promise<number> => (await reader.read(4, 'the head of a block')).readUInt32BE();
  const length = await number();
  if (length === 0) return undefined;
  if (length > maxBlockSize) throw badLzop(`a block of ${length} bytes is larger than any lzop writes`);
  const packedLength = await number();
  if (packedLength === 0 || packedLength > length) throw badLzop('a block is larger packed than unpacked');
  const ofData: Sum[] = [];
  for (const kind of checksums.ofData) ofData.push({ kind, value: await number() });
  const ofCompressed: Sum[] = [];
  // A stored block has no second checksum: the first is of the same bytes.
  if (packedLength < length) for (const kind of checksums.ofCompressed) ofCompressed.push({ kind, value: await number() });
  return { packed: await reader.read(packedLength, 'a block'), check: { length, ofData, ofCompressed } };
}
