import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { adler32, crc32 } from '../../src/lzop/checksum.js';
import { blockSize, flag } from '../../src/lzop/format.js';
import { encodeHeader } from '../../src/lzop/header.js';
import { compress, maxCompressed } from '../../src/lzop/lzo.js';
import { readLzop } from '../../src/lzop/reader.js';
import { writeLzop } from '../../src/lzop/writer.js';
import { collect, failsWith, inChunks } from '../support/work.js';

const text = (length: number): Buffer => Buffer.alloc(length, 'the quick brown fox jumps over the lazy dog; ');
const mixed = Buffer.concat([text(blockSize + 1000), randomBytes(blockSize + 7), text(blockSize * 2)]);
const contents: Readonly<Record<string, Buffer>> = {
  empty: Buffer.alloc(0),
  'one byte': Buffer.from('x'),
  'one block less a byte': text(blockSize - 1),
  'one block': text(blockSize),
  'one block and a byte': text(blockSize + 1),
  'stored (incompressible) blocks': randomBytes(blockSize * 2 + 5),
  'many blocks of both kinds': mixed,
};
const named = Object.entries(contents);

const write = (data: Buffer): Promise<Buffer> => collect(writeLzop(inChunks(data, blockSize)));
const read = (archive: Buffer, chunk?: number): Promise<Buffer> => collect(readLzop(inChunks(archive, chunk)));
const lzop = (args: readonly string[], input: Buffer): Buffer =>
  execFileSync('lzop', args, { input, maxBuffer: 1 << 28 });

describe('lzop files of ours', () => {
  it.each(named)('are read by the real lzop: %s', async (_name, data) => {
    const archive = await write(data);
    expect(lzop(['-dc'], archive).equals(data)).toBe(true);
    expect(spawnSync('lzop', ['-t'], { input: archive }).status).toBe(0);
  });

  it('are read by our reader, whatever is in them and however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), fc.integer({ min: 1, max: 700 }), async (bytes, chunk) => {
        const data = Buffer.from(bytes);
        expect((await read(await write(data), chunk)).equals(data)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('are the same for the same content', async () => {
    expect((await write(mixed)).equals(await write(mixed))).toBe(true);
  });
});

describe('files of the real lzop', () => {
  it.each(named)('are read: %s', async (_name, data) => {
    expect((await read(lzop(['-c'], data))).equals(data)).toBe(true);
  });

  it.each([['-1'], ['-9'], ['-F'], ['--crc32']])('are read when made with %s', async (option) => {
    expect((await read(lzop([option, '-c'], mixed), 1000)).equals(mixed)).toBe(true);
  });

  it('are read as one when they follow one another', async () => {
    const archive = Buffer.concat([lzop(['-c'], text(300_000)), lzop(['-c'], Buffer.alloc(0)), lzop(['-c'], text(10))]);
    expect((await read(archive)).equals(Buffer.concat([text(300_000), text(10)]))).toBe(true);
  });
});

describe('checksums of compressed bytes, which old versions wrote', () => {
  const output = Buffer.alloc(maxCompressed(5_000));
  const packed = output.subarray(0, compress(text(5_000), output));
  const sum = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value >>> 0);
    return bytes;
  };
  const withSums = (adlerOfPacked: number): Buffer => {
    const ours = encodeHeader();
    const body = Buffer.from(ours.subarray(9, -4));
    body.writeUInt32BE(
      (0x0300_0000 | flag.adler32OfData | flag.adler32OfCompressed | flag.crc32OfData | flag.crc32OfCompressed) >>> 0,
      8,
    );
    const block = [
      sum(5_000),
      sum(packed.length),
      sum(adler32(text(5_000))),
      sum(crc32(text(5_000))),
      sum(adlerOfPacked),
      sum(crc32(packed)),
      packed,
    ];
    return Buffer.concat([ours.subarray(0, 9), body, sum(adler32(body)), ...block, sum(0)]);
  };

  it('are read as the real lzop reads them', async () => {
    const archive = withSums(adler32(packed));
    expect(lzop(['-dc'], archive).equals(text(5_000))).toBe(true);
    expect((await read(archive)).equals(text(5_000))).toBe(true);
  });

  it('are verified', async () => {
    await expect(read(withSums(adler32(packed) ^ 1))).rejects.toEqual(failsWith('bad_archive'));
  });
});

describe('a damaged lzop file', () => {
  const data = Buffer.concat([text(3_000), randomBytes(500)]);
  const archive = lzop(['-c'], data);

  it('is refused wherever it is cut off', async () => {
    for (let length = 0; length < archive.length; length++) {
      await expect(read(archive.subarray(0, length))).rejects.toEqual(failsWith('bad_archive'));
    }
  });

  it('of several blocks is refused wherever it is cut off', async () => {
    const large = lzop(['-c'], mixed);
    for (let length = 1; length < large.length; length += 9_973) {
      await expect(read(large.subarray(0, length))).rejects.toEqual(failsWith('bad_archive'));
    }
  });

  it('is refused whichever byte is flipped, or reads as it was', async () => {
    for (let at = 0; at < archive.length; at++) {
      const flipped = Buffer.from(archive);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      // A few bits of a block mean nothing to LZO (the distance in its end mark). Then the data is as it was.
      const outcome = await read(flipped).catch((failure: unknown) => failure);
      if (outcome instanceof Buffer) expect(outcome.equals(data)).toBe(true);
      else expect(outcome).toEqual(failsWith('bad_archive'));
    }
  });

  it('is an error, not a crash, when its blocks are noise without a checksum', async () => {
    const unguarded = lzop(['-F', '-c'], text(5_000));
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: unguarded.length - 60, maxLength: unguarded.length - 60 }),
        async (noise) => {
          const damaged = Buffer.concat([unguarded.subarray(0, 50), Buffer.from(noise), unguarded.subarray(-10)]);
          await read(damaged).catch((failure: unknown) => expect(failure).toEqual(failsWith('bad_archive')));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a block of 4 GiB', 0xffff_fffe, 10],
    ['a block that is larger packed', 10, 11],
    ['a block that is packed to nothing', 10, 0],
  ])('is refused for %s, before any memory is taken', async (_name, length, packed) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(length, 0);
    head.writeUInt32BE(packed, 4);
    const header = (await write(Buffer.alloc(0))).subarray(0, -4);
    await expect(read(Buffer.concat([header, head, Buffer.alloc(100)]))).rejects.toEqual(failsWith('bad_archive'));
  });
});
