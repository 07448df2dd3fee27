import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from 'node:zlib';
import { messageOf, PinkyError } from '@pinky/protocol';

type Inflater = Gunzip | InflateRaw;
const chunkSize = 1 << 18;

/** The data of a gzip file, whose members are read as one. Throws `bad_archive`. */
export const gunzip = (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> =>
  inflated(source, createGunzip({ chunkSize }), 'the .gz archive');

/** The data of a deflated file in a .zip archive. Throws `bad_archive`. */
export const inflateRaw = (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> =>
  inflated(source, createInflateRaw({ chunkSize }), 'a file in the .zip archive');

async function* inflated(
  source: AsyncIterable<Buffer>,
  stream: Inflater,
  what: string,
): AsyncGenerator<Buffer> {
  const feeding = feed(source, stream);
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    if (cause instanceof PinkyError) throw cause;
    throw new PinkyError('bad_archive', `${what} is damaged or cut off: ${messageOf(cause)}`, { cause });
  } finally {
    stream.destroy();
    await feeding;
  }
}

/** Writes the source into the stream at the stream's pace. A failure of the source becomes the stream's. */
async function feed(source: AsyncIterable<Buffer>, stream: Inflater): Promise<void> {
  try {
    for await (const chunk of source) {
      if (stream.destroyed) return;
      if (!stream.write(chunk)) await drainOrEnd(stream);
    }
    stream.end();
  } catch (failure) {
    stream.destroy(failure instanceof Error ? failure : new Error(String(failure), { cause: failure }));
  }
}

function drainOrEnd(stream: Inflater): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}
