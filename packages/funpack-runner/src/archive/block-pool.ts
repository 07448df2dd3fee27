import { blockSize } from '../lzop/format.js';

/** How many blocks are kept: a few more than are ever under way. */
const maxFree = 32;

/** Blocks that are used again, so that packing or unpacking a world takes no new memory, however large it is. */
export class BlockPool {
  readonly #free: ArrayBuffer[] = [];

  /** A block, which still holds old bytes. */
  take(): Buffer {
    const memory = this.#free.pop();
    return memory ? Buffer.from(memory) : Buffer.allocUnsafeSlow(blockSize);
  }

  /** The memory of these bytes is no longer used. Memory of another size is left to the garbage collector. */
  give(bytes: Uint8Array): void {
    if (this.#free.length < maxFree && bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === blockSize) {
      this.#free.push(bytes.buffer);
    }
  }
}
