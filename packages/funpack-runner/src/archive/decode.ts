import { createGunzip } from 'node:zlib';
import { messageOf, PinkyError } from '@pinky/protocol';
import { inlineCodec, type BlockCodec } from '../lzop/block-codec.js';
import { BlockPool } from './block-pool.js';
import { magic } from '../lzop/format.js';
import { readLzop } from '../lzop/reader.js';
import { looksLikeTar, recordSize } from '../tar/tar-header.js';

export type ArchiveKind = 'tar' | 'gzip' | 'lzop';

/** The kind of an archive by its first 512 bytes, because names lie. Throws `bad_archive`. */
export function kindOf(start: Buffer): ArchiveKind {
  if (start.subarray(0, magic.length).equals(magic)) return 'lzop';
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  if (looksLikeTar(start.subarray(0, recordSize))) return 'tar';
  throw new PinkyError(
    'bad_archive',
    start.length === 0
      ? 'the archive is empty'
      : `the archive is neither .tar, .tar.gz nor .tar.lzo (it begins with ${start.subarray(0, 4).toString('hex')})`,
  );
}

/** The tar stream in an archive. */
export interface Decoded {
  readonly tar: AsyncIterable<Buffer>;
  /** The stream has checksums, so it is whole where it ends. */
  readonly isChecked: boolean;
  /**
   * Takes the stream's chunks when they are used up. zlib's have none: it keeps writing into the memory it gave out.
   */
  readonly pool?: BlockPool;
}

/**
 * Looks at how an archive begins, and reads it as that kind, in bounded memory. Throws `bad_archive`, here or while the
 * archive is read.
 */
export async function decode(
  source: AsyncIterable<Buffer>,
  codec: BlockCodec = inlineCodec,
  pool = new BlockPool(),
): Promise<Decoded> {
  const { start, all } = await withStart(source);
  switch (kindOf(start)) {
    case 'tar': return { tar: all, pool, isChecked: false };
    case 'gzip': return { tar: gunzip(all), isChecked: true };
    case 'lzop': return { tar: readLzop(all, codec, pool), pool, isChecked: true };
  }
}

/** The bytes of a source that tell its kind, and the whole source. */
async function withStart(source: AsyncIterable<Buffer>): Promise<{ start: Buffer; all: AsyncIterable<Buffer> }> {
  const chunks = source[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  const all = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* first;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    } finally {
      await chunks.return?.();
    }
  };
  let length = 0;
  while (length < recordSize) {
    const next = await chunks.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  return { start: Buffer.concat(first).subarray(0, recordSize), all: all() };
}

async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const stream = createGunzip({ chunkSize: 1 << 18 });
  const feeding = feed(source, stream);
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    if (cause instanceof PinkyError) throw cause;
    throw new PinkyError('bad_archive', `the .gz archive is damaged or cut off: ${messageOf(cause)}`, { cause });
  } finally {
    stream.destroy();
    await feeding;
  }
}

/** Writes the source into the stream at the stream's pace. A failure of the source becomes the stream's. */
async function feed(source: AsyncIterable<Buffer>, stream: ReturnType<typeof createGunzip>): Promise<void> {
  try {
    for await (const chunk of source) {
      if (stream.destroyed) return;
      if (!stream.write(chunk)) await drainOrEnd(stream);
    }
    stream.end();
  } catch (failure) {
    stream.destroy(failure instanceof Error ? failure : new Error(String(failure)));
  }
}

function drainOrEnd(stream: ReturnType<typeof createGunzip>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}
