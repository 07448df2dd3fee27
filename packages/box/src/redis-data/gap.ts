import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const pageBytes = 4_096;
const chunkBytes = 64 * 1024;
/** A command begins so, and so does the time that Redis may write between two (`aof-timestamp-enabled`). */
const begins = ['*', '#'].map((sign) => sign.charCodeAt(0));

/**
 * How many zeros begin at this offset, if they are the gap that Redis 7.0 leaves where a full disk has cut a write
 * short: they stand between two commands, and the write that came short follows as a whole. Whole pages of zeros are
 * what a power cut leaves, and then nobody knows what is missing: that is none.
 */
export async function gapAt(file: string, at: number): Promise<number> {
  const end = await endOfZeros(file, at);
  const arePages = end !== undefined && at % pageBytes === 0 && end % pageBytes === 0;
  return end === undefined || arePages ? 0 : end - at;
}

/** Takes so many bytes out of a file, by way of `part`. `keep` is called before the new file stands in its place. */
export async function takeOut<T>(
  file: string,
  at: number,
  { size, part, keep }: { readonly size: number; readonly part: string; readonly keep: () => Promise<T> },
): Promise<T> {
  try {
    await rm(part, { force: true });
    if (at > 0) await pipeline(createReadStream(file, { end: at - 1 }), createWriteStream(part, { mode: 0o600 }));
    const rest = createWriteStream(part, { flags: 'a', mode: 0o600, flush: true });
    await pipeline(createReadStream(file, { start: at + size }), rest);
    const kept = await keep();
    await rename(part, file);
    return kept;
  } finally {
    await rm(part, { force: true });
  }
}

/** The offset of the command behind the zeros. Undefined if none is there. */
async function endOfZeros(file: string, at: number): Promise<number | undefined> {
  const handle = await open(file, 'r');
  try {
    const chunk = Buffer.alloc(chunkBytes);
    for (let offset = at; ;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset);
      if (bytesRead === 0) return undefined;
      const found = chunk.subarray(0, bytesRead).findIndex((byte) => byte !== 0);
      if (found >= 0) return begins.includes(chunk.readUInt8(found)) ? offset + found : undefined;
      offset += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
