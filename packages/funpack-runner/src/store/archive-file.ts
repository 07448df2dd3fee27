import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { PinkyError } from '@pinky/protocol';
import { unpackInto, type Unpacked, type UnpackOptions } from '../archive/unpack.js';
import type { WorkContext } from '../task/work-context.js';
import { fileValidators } from './find-funpack.js';

const chunkSize = 1 << 18;

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
    for await (const chunk of this.#chunks()) {
      if (work.signal.aborted) throw new PinkyError('cancelled', 'reading the archive was cancelled');
      hash.update(chunk);
      done += chunk.length;
      work.onProgress({ label: 'verify', done, total: this.bytes });
    }
    return hash.digest('hex');
  }

  /** How to see that the file has not changed since. */
  async validators(): Promise<Readonly<Record<string, string>>> {
    return fileValidators(await this.handle.stat());
  }

  async unpack(dir: string, work: WorkContext, options: Pick<UnpackOptions, 'limits' | 'readOnly'>): Promise<Unpacked> {
    return unpackInto(dir, this.#chunks(), {
      ...options, archiveBytes: this.bytes, codec: work.codec, signal: work.signal,
      onBytes: (done) => work.onProgress({ label: 'unpack', done }),
    });
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    const stream = createReadStream('', { fd: this.handle, autoClose: false, start: 0, highWaterMark: chunkSize });
    for await (const chunk of stream) yield chunk as Buffer;
  }
}

/** Throws `checksum_mismatch` where the archive is not what was promised. */
export function assertSha256(expected: string | undefined, actual: string, address: string): void {
  if (expected === undefined || expected.toLowerCase() === actual) return;
  throw new PinkyError('checksum_mismatch', `${address}: its SHA-256 is ${actual}, not ${expected.toLowerCase()}`);
}
