import { createGzip } from 'node:zlib';
import { PinkyError } from '@pinky/protocol';
import type { BackupFormat } from '../catalogue/backup-names.js';
import { inlineCodec, type ArchiveSum, type BlockCodec } from '../lzop/block-codec.js';
import { writeLzop } from '../lzop/writer.js';
import type { BlockPool } from './block-pool.js';
import { throughProgram } from './by-program.js';

/** gzip's quickest level, and zstd's own default: each as quick as the disk of a small box. */
const gzipLevel = 1;
const zstdArguments = ['-cq', '-3'];

/**
 * The packed form of a tar stream, in bounded memory. A chunk must have been used when the next one is asked for.
 * Throws `missing_program` for zst without the program zstd.
 */
export function encode(
  blocks: AsyncIterable<Buffer>,
  format: BackupFormat,
  codec: BlockCodec,
  pool: BlockPool,
): Encoded {
  const sum = format === 'lzo' ? codec.sum() : inlineCodec.sum();
  switch (format) {
    case 'lzo': return { sum, chunks: writeLzop(blocks, codec, pool, sum) };
    case 'gz': return { sum, chunks: summed(gzipped(blocks), sum) };
    case 'zst': {
      const through = { name: 'zstd', args: zstdArguments, failed: zstdFailed } as const;
      return { sum, chunks: summed(throughProgram(blocks, through), sum) };
    }
  }
}

export interface Encoded {
  readonly chunks: AsyncIterable<Buffer>;
  /** The sum of all chunks, when they were used. */
  readonly sum: ArchiveSum;
}

async function* summed(chunks: AsyncIterable<Buffer>, sum: ArchiveSum): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    sum.add(chunk);
    yield chunk;
  }
}

const zstdFailed = (words: string): PinkyError =>
  new PinkyError('backup_failed', `zstd could not pack the backup: ${words}`);

async function* gzipped(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const stream = createGzip({ level: gzipLevel, chunkSize: 1 << 18 });
  const feeding = feed(blocks, stream);
  feeding.catch((failure: Error) => stream.destroy(failure));
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } finally {
    stream.destroy();
    await feeding.catch(() => undefined); // it is the stream's failure too
  }
}

async function feed(blocks: AsyncIterable<Buffer>, stream: ReturnType<typeof createGzip>): Promise<void> {
  for await (const block of blocks) {
    if (stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.write(block, () => {
        stream.off('close', resolve);
        resolve();
      });
    });
  }
  stream.end();
}
