import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { blockSize } from '../../src/lzop/format.js';
import { readLzop } from '../../src/lzop/reader.js';
import { ThreadCodec } from '../../src/lzop/thread-codec.js';
import { writeLzop } from '../../src/lzop/writer.js';
import { collect, failsWith, inChunks } from '../support/work.js';

/** A thread needs the compiled program. */
const program = join(dirname(dirname(__dirname)), 'dist', 'lzop', 'codec-thread.js');

describe('ThreadCodec', () => {
  let codec: ThreadCodec;
  beforeEach(() => { codec = new ThreadCodec(program); });
  afterEach(() => codec.close());

  it('packs and unpacks as the calling thread does', async () => {
    const data = Buffer.concat([Buffer.alloc(blockSize * 3, 'abcdefg'), randomBytes(blockSize + 3)]);
    const here = await collect(writeLzop(inChunks(data, blockSize)));
    const there = await collect(writeLzop(inChunks(data, blockSize), codec));
    expect(there.equals(here)).toBe(true);
    expect((await collect(readLzop(inChunks(here), codec))).equals(data)).toBe(true);
  });

  it('reports a corrupt block and goes on', async () => {
    const archive = await collect(writeLzop(inChunks(Buffer.alloc(5_000, 'abc'), blockSize)));
    const damaged = Buffer.from(archive);
    damaged[60] = (damaged[60] ?? 0) ^ 0xff;
    await expect(collect(readLzop(inChunks(damaged), codec))).rejects.toEqual(failsWith('bad_archive'));
    expect((await collect(readLzop(inChunks(archive), codec))).length).toBe(5_000);
  });

  it('rejects blocks that are under way when it is closed', async () => {
    const packing = codec.pack(randomBytes(blockSize));
    const ending = codec.close();
    await expect(packing).rejects.toThrow('the codec thread ended');
    await ending;
  });
});
