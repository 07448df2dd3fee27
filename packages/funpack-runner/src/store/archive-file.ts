import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { PinkyError } from '@pinky/protocol';
import { BlockPool } from '../archive/block-pool.js';
import { unpackInto } from '../unpack/unpack.js';
import type { Unpacked, UnpackOptions } from '../unpack/unpack-options.js';
import type { WorkContext } from '../task/work-context.js';
import { fileValidators } from './find-funpack.js';

/** One archive on this machine. It stays open, so that nobody can exchange it between the check and the reading. */
export class ArchiveFile {
  /** `name` is the name for people: the address that it came from. */
  static async open(path: string, name = path): Promise<ArchiveFile> {
    const handle = await open(path, 'r');
    return new ArchiveFile(name, handle, (await handle.stat()).size);
  }

  private constructor(private readonly name: string, private readonly handle: FileHandle, readonly bytes: number) {}

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

  /** Values that show whether the file has changed. */
  async validators(): Promise<Readonly<Record<string, string>>> {
    return fileValidators(await this.handle.stat());
  }

  /** Throws `bad_archive`, `unsafe_archive`, `archive_too_large`, `no_space`, each naming the archive; `cancelled`. */
  async unpack(
    dir: string,
    work: WorkContext,
    options: Pick<UnpackOptions, 'limits' | 'rights' | 'linkRoot'>,
  ): Promise<Unpacked> {
    const pool = new BlockPool();
    try {
      return await unpackInto(dir, this.#chunks(pool), {
        ...options,
        pool,
        archiveBytes: this.bytes,
        file: { size: this.bytes, read: (offset, length) => this.#read(offset, length) },
        codec: work.codec,
        ...(work.findKey && { findKey: work.findKey }),
        signal: work.signal,
        onBytes: (done) => work.onProgress({ label: 'unpack', done }),
      });
    } catch (failure) {
      if (!(failure instanceof PinkyError) || failure.code === 'cancelled') throw failure;
      throw new PinkyError(failure.code, `${this.name}: ${failure.message}`, {
        cause: failure,
        ...(failure.details && { details: failure.details }),
      });
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const { bytesRead, buffer } = await this.handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
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

/** Throws `checksum_mismatch` where the archive is not the one that was promised. */
export function assertSha256(expected: string | undefined, actual: string, address: string): void {
  if (expected === undefined || expected.toLowerCase() === actual) return;
  throw new PinkyError('checksum_mismatch', `${address}: its SHA-256 is ${actual}, not ${expected.toLowerCase()}`);
}
