import { readSync } from 'node:fs';
import type { BlockPool } from '../archive/block-pool.js';
import type { Range } from '../kernel/holes.js';
import { blockSize } from '../lzop/format.js';

/** Fills blocks of 256 KiB. Files are read right into them, so their content is never copied. */
export class BlockFiller {
  #block: Buffer;
  #used = 0;

  constructor(private readonly pool: BlockPool) {
    this.#block = pool.take();
  }

  *add(bytes: Buffer): Generator<Buffer> {
    for (let at = 0; at < bytes.length;) {
      const copied = bytes.copy(this.#block, this.#used, at);
      at += copied;
      yield* this.#advance(copied);
    }
  }

  /**
   * Adds a part of an open file, and calls `onBytes` with all that goes into the archive. Answers how many bytes it
   * lacked: they are zeros in the archive.
   */
  *fillFrom(
    fd: number,
    { offset, length }: Range,
    onBytes: (bytes: Buffer) => void,
  ): Generator<Buffer, number> {
    let left = length;
    while (left > 0) {
      const room = Math.min(left, blockSize - this.#used);
      const read = readSync(fd, this.#block, this.#used, room, offset + length - left);
      if (read === 0) break; // it became shorter
      left -= read;
      onBytes(this.#block.subarray(this.#used, this.#used + read));
      yield* this.#advance(read);
    }
    yield* this.zeros(left, onBytes);
    return left;
  }

  *zeros(count: number, onBytes: (bytes: Buffer) => void = () => undefined): Generator<Buffer> {
    for (let left = count; left > 0;) {
      const zeros = Math.min(left, blockSize - this.#used);
      this.#block.fill(0, this.#used, this.#used + zeros);
      left -= zeros;
      onBytes(this.#block.subarray(this.#used, this.#used + zeros));
      yield* this.#advance(zeros);
    }
  }

  *rest(): Generator<Buffer> {
    if (this.#used > 0) yield this.#block.subarray(0, this.#used);
    this.#used = 0;
  }

  *#advance(bytes: number): Generator<Buffer> {
    this.#used += bytes;
    if (this.#used < blockSize) return;
    yield this.#block;
    this.#block = this.pool.take();
    this.#used = 0;
  }
}
