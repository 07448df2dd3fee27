import { createGunzip } from 'node:zlib';
import { PinkyError } from '@pinky/protocol';
import { inlineCodec, type BlockCodec } from '../lzop/block-codec.js';
import { magic } from '../lzop/format.js';
import { readLzop } from '../lzop/reader.js';
import { ByteReader } from './byte-reader.js';
import { looksLikeTar, recordSize } from './tar-header.js';

export type ArchiveKind = 'tar' | 'gzip' | 'lzop';

/** The kind of an archive by its first 512 bytes: names lie. Throws `bad_archive`. */
export function kindOf(start: Buffer): ArchiveKind {
  if (start.subarray(0, magic.length).equals(magic)) return 'lzop';
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  if (looksLikeTar(start.subarray(0, recordSize))) return 'tar';
  throw new PinkyError('bad_archive', start.length === 0 ? 'the archive is empty' : `the archive is neither .tar, .tar.gz nor .tar.lzo (it begins with ${start.subarray(0, 4).toString('hex')})`);
}

/** The tar stream in an archive of whatever kind, in bounded memory. Throws `bad_archive`. */
export async function* decode(source: AsyncIterable<Buffer>, codec: BlockCodec = inlineCodec): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  try {
    const kind = kindOf(await reader.peek(recordSize));
    yield* decoders[kind](chunksOf(reader), codec);
  } finally {
    await reader.close();
  }
}

const decoders: Readonly<Record<ArchiveKind, (source: AsyncIterable<Buffer>, codec: BlockCodec) => AsyncIterable<Buffer>>> = {
  tar: (source) => source,
  gzip: gunzip,
  lzop: readLzop,
};

async function* chunksOf(reader: ByteReader): AsyncGenerator<Buffer> {
  for (let chunk = await reader.readSome(Infinity); chunk; chunk = await reader.readSome(Infinity)) yield chunk;
}

async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const stream = createGunzip({ chunkSize: 1 << 18 });
  const feeding = feed(source, stream);
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    if (cause instanceof PinkyError) throw cause;
    throw new PinkyError('bad_archive', `the .gz archive is damaged or cut off: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  } finally {
    stream.destroy();
    await feeding;
  }
}

/** Writes the source into the stream at the stream's pace; a failure of the source becomes the stream's. */
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
