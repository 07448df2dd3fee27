import { createHash, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { BlockPool } from '../../src/archive/block-pool.js';
import { inlineCodec } from '../../src/lzop/block-codec.js';
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

describe('the sum of a file', () => {
  it.each([['on a thread', 'thread'], ['here', 'inline']])('is the SHA-256 of all of it, made %s', async (_, where) => {
    const codec = where === 'thread' ? new ThreadCodec(program) : inlineCodec;
    const pool = new BlockPool();
    async function* blocks(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 20; i++) yield pool.take().fill(i % 3 === 0 ? randomBytes(4_096) : `block ${i}`);
    }
    const sum = codec.sum();
    const hash = createHash('sha256');
    for await (const chunk of writeLzop(blocks(), codec, pool, sum)) hash.update(chunk);
    expect(await sum.digest()).toBe(hash.digest('hex'));
    await codec.close();
  });
});
