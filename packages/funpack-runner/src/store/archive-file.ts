import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { PinkyError } from '@pinky/protocol';
import { BlockPool } from '../lzop/block-pool.js';
import { unpackInto, type Unpacked, type UnpackOptions } from '../archive/unpack.js';
import type { WorkContext } from '../task/work-context.js';
import { fileValidators } from './find-funpack.js';

/** One archive on this machine, held open, so that it cannot be exchanged between being verified and being read. */
export class ArchiveFile {
  static async open(path: string): Promise<ArchiveFile> {
    const handle = await open(path, 'r');
    return new ArchiveFile(path, handle, (await handle.stat()).size);
  }

  private constructor(readonly path: string, private readonly handle: FileHandle, readonly bytes: number) {}

  async sha256(work: WorkContext): Promise<string> {
    const hash = createHash('sha256');
    let done = 0;
    const pool = new BlockPool();
    for await (const chunk of this.#chunks(pool)) {
      if (work.signal.aborted) throw new PinkyError('cancelled', 'reading the archive was cancelled');
      hash.update(chunk);
      done += chunk.length;
      pool.give(chunk);
      work.onProgress({ label: 'verify', done, total: this.bytes });
    }
    return hash.digest('hex');
  }

  /** How to see that the file has not changed since. */
  async validators(): Promise<Readonly<Record<string, string>>> {
    return fileValidators(await this.handle.stat());
  }

  async unpack(dir: string, work: WorkContext, options: Pick<UnpackOptions, 'limits' | 'readOnly'>): Promise<Unpacked> {
    const pool = new BlockPool();
    return unpackInto(dir, this.#chunks(pool), {
      ...options, pool, archiveBytes: this.bytes, codec: work.codec, signal: work.signal,
      onBytes: (done) => work.onProgress({ label: 'unpack', done }),
    });
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  async *#chunks(pool: BlockPool): AsyncGenerator<Buffer> {
    for (let at = 0; ;) {
      const chunk = pool.take();
      const { bytesRead } = await this.handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  }
}

/** Throws `checksum_mismatch` where the archive is not what was promised. */
export function assertSha256(expected: string | undefined, actual: string, address: string): void {
  if (expected === undefined || expected.toLowerCase() === actual) return;
  throw new PinkyError('checksum_mismatch', `${address}: its SHA-256 is ${actual}, not ${expected.toLowerCase()}`);
}
