import { readSync } from 'node:fs';
import type { BlockPool } from '../archive/block-pool.js';
import type { Range } from '../kernel/holes.js';
import { blockSize } from '../lzop/format.js';
import { encodeHead, type WrittenHead } from '../tar/tar-writer.js';

/**
 * Fills blocks of 256 KiB. Files are read right into them, so their content is never copied. Full blocks are handed out
 * by `take`. Where more than a few could be filled at once, a method is a generator, which gives its caller a turn to
 * take them after each one.
 */
export class BlockFiller {
  #block: Buffer;
  #used = 0;
  #full: Buffer[] = [];
  /** Enough for most headers. */
  readonly #head = Buffer.allocUnsafeSlow(8_192);

  constructor(private readonly pool: BlockPool) {
    this.#block = pool.take();
  }

  /** The next full block, if there is one. */
  take(): Buffer | undefined {
    return this.#full.length === 0 ? undefined : this.#full.shift();
  }

  addHead(head: WrittenHead): void {
    this.add(encodeHead(head, this.#head));
  }

  /** Adds a copy. */
  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const copied = bytes.copy(this.#block, this.#used, at);
      at += copied;
      this.#advance(copied);
    }
  }

  /** Reads a file that may fit into the present block. Undefined where it does not. Answers how much there was. */
  readWhole(fd: number, size: number): Buffer | undefined {
    if (size > blockSize - this.#used) return undefined;
    let read = 0;
    for (let more = -1; more !== 0 && read < size; read += more)
      more = readSync(fd, this.#block, this.#used + read, size - read, read);
    return this.#block.subarray(this.#used, this.#used + read);
  }

  /** Keeps the bytes that `readWhole` read, and zeros behind them. */
  keep(read: number, zeros: number): void {
    this.#advance(read);
    this.#zero(zeros);
  }

  /**
   * Adds a part of an open file, and calls `onBytes` with all that goes into the archive. Answers how many bytes it
   * lacked: they are zeros in the archive.
   */
  *fillFrom(fd: number, { offset, length }: Range, onBytes: (bytes: Buffer) => void): Generator<void, number> {
    let left = length;
    while (left > 0) {
      const room = Math.min(left, blockSize - this.#used);
      const read = readSync(fd, this.#block, this.#used, room, offset + length - left);
      if (read === 0) break; // it became shorter
      left -= read;
      onBytes(this.#block.subarray(this.#used, this.#used + read));
      this.#advance(read);
      if (this.#full.length > 0) yield;
    }
    yield* this.zeros(left, onBytes);
    return left;
  }

  *zeros(count: number, onBytes: (bytes: Buffer) => void = () => undefined): Generator<void> {
    for (let left = count; left > 0;) {
      const zeros = Math.min(left, blockSize - this.#used);
      onBytes(this.#block.fill(0, this.#used, this.#used + zeros).subarray(this.#used, this.#used + zeros));
      left -= zeros;
      this.#advance(zeros);
      if (this.#full.length > 0) yield;
    }
  }

  /** Hands out the last block, which may be shorter. */
  end(): void {
    if (this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
    this.#used = 0;
  }

  /** Less than a block of zeros. */
  #zero(count: number): void {
    for (let left = count; left > 0;) {
      const zeros = Math.min(left, blockSize - this.#used);
      this.#block.fill(0, this.#used, this.#used + zeros);
      left -= zeros;
      this.#advance(zeros);
    }
  }

  #advance(bytes: number): void {
    this.#used += bytes;
    if (this.#used < blockSize) return;
    this.#full.push(this.#block);
    this.#block = this.pool.take();
    this.#used = 0;
  }
}
