import { open, type FileHandle } from 'node:fs/promises';
import { PinkyError } from '@pinky/protocol';
import { BlockPool } from '../archive/block-pool.js';
import { Summing, type ArchiveSums } from '../download/sums.js';
import { archiveEntries, type ArchiveEntriesOptions } from '../tar/archive-entries.js';
import type { TarEntry } from '../tar/tar-entry.js';
import { unpackInto } from '../unpack/unpack.js';
import type { Unpacked, UnpackOptions } from '../unpack/unpack-options.js';
import type { WorkContext } from '../task/work-context.js';
import { fileValidators } from './find-funpack.js';

interface OwnEntries extends Pick<ArchiveEntriesOptions, 'onOwn' | 'onSkipped'> {
  /** The name of the progress. */
  readonly label?: string;
}

/** One archive on this machine. It stays open, so that nobody can exchange it between the check and the reading. */
export class ArchiveFile {
  /** `name` is the name for people: the address that it came from. */
  static async open(path: string, name = path): Promise<ArchiveFile> {
    const handle = await open(path, 'r');
    return new ArchiveFile(name, handle, (await handle.stat()).size);
  }

  private constructor(private readonly name: string, private readonly handle: FileHandle, readonly bytes: number) {}

  async sha256(work: WorkContext): Promise<string> {
    return (await this.sums(work, false)).sha256;
  }

  async sums(work: WorkContext, hasMd5: boolean): Promise<ArchiveSums> {
    const summing = new Summing(hasMd5);
    let done = 0;
    const pool = new BlockPool();
    for await (const chunk of this.#chunks(pool)) {
      if (work.signal.aborted) throw new PinkyError('cancelled', 'reading the archive was cancelled');
      summing.update(chunk);
      done += chunk.length;
      pool.give(chunk);
      work.onProgress({ label: 'verify', done, total: this.bytes });
    }
    return summing.digest();
  }

  /** The entries of an archive of our own, from its beginning. */
  async entries(work: WorkContext, options: OwnEntries = {}): Promise<AsyncGenerator<TarEntry>> {
    const { label = 'verify', ...heard } = options;
    const pool = new BlockPool();
    const onRead = (done: number): void => work.onProgress({ label, done, total: this.bytes });
    const { codec, signal, findKey } = work;
    return archiveEntries(this.#chunks(pool, onRead), { ...heard, codec, pool, signal, findKey });
  }

  /** Pinky's own words at the beginning of the archive. Empty where there are none. */
  async ownRecords(work: WorkContext): Promise<ReadonlyMap<string, string>> {
    const records = new Map<string, string>();
    if ((await this.#read(0, 4)).toString('latin1') === 'PK\x03\x04') return records;
    const entries = await this.entries(work, { onOwn: (own) => own.forEach((value, key) => records.set(key, value)) });
    await entries.next();
    await entries.return(undefined);
    return records;
  }

  /** The archive as it is, in pieces that are valid until the next one. */
  chunks(): AsyncGenerator<Buffer> {
    return this.#chunks(new BlockPool());
  }

  /** Values that show whether the file has changed. */
  async validators(): Promise<Readonly<Record<string, string>>> {
    return fileValidators(await this.handle.stat());
  }

  /** Throws `bad_archive`, `unsafe_archive`, `archive_too_large`, `no_space`, each naming the archive; `cancelled`. */
  async unpack(
    dir: string,
    work: WorkContext,
    options: Pick<UnpackOptions, 'limits' | 'mostBytes' | 'rights' | 'linkRoot'>,
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
      throw this.named(failure);
    }
  }

  /** A failure that says which archive it is about. */
  named(failure: unknown): unknown {
    if (!(failure instanceof PinkyError) || failure.code === 'cancelled') return failure;
    if (failure.message.startsWith(`${this.name}: `)) return failure;
    const { details } = failure;
    return new PinkyError(failure.code, `${this.name}: ${failure.message}`, {
      cause: failure,
      ...(details && { details }),
    });
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const { bytesRead, buffer } = await this.handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  async *#chunks(pool: BlockPool, onRead?: (done: number) => void): AsyncGenerator<Buffer> {
    for (let at = 0; ;) {
      const chunk = pool.take();
      const { bytesRead } = await this.handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      onRead?.(at);
      yield chunk.subarray(0, bytesRead);
    }
  }
}
