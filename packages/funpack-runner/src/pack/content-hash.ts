import { createHash, hash as hashOnce, type Hash } from 'node:crypto';
import type { Range } from '../kernel/holes.js';

/**
 * The SHA-256 of a file's content as a manifest has it, in lower-case hex. A file with holes is hashed part by part:
 * each part after its place, as `<offset>+<length>\n`. So a file of many gigabytes of holes costs no time.
 */
export class ContentHash {
  readonly #hash: Hash = createHash('sha256');

  /** The sum of a file that is read at once. */
  static of(content: Uint8Array): string {
    return hashOnce('sha256', content, 'hex');
  }

  /** The next part of a file with holes begins. */
  part({ offset, length }: Range): void {
    this.#hash.update(`${offset}+${length}\n`);
  }

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}
