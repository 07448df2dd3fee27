import { blockSize } from './format.js';

/** Blocks kept at most: a few more than are ever under way. */
const maxFree = 32;

/** Blocks that go round: packing or unpacking a world then takes no new memory, however large it is. */
export class BlockPool {
  readonly #free: ArrayBuffer[] = [];

  /** A block with whatever it held before. */
  take(): Buffer {
    const memory = this.#free.pop();
    return memory ? Buffer.from(memory) : Buffer.allocUnsafeSlow(blockSize);
  }

  /** The memory of these bytes is not used any more. Memory of another size is left to the garbage collector. */
  give(bytes: Uint8Array): void {
    if (this.#free.length < maxFree && bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === blockSize) {
      this.#free.push(bytes.buffer);
    }
  }
}
