import { randomBytes } from 'node:crypto';

/**
 * Numbers paths, and finds their numbers again, in 16 bytes for each: a million paths as strings would take 200 MB. Two
 * hashes of 32 bits with random seeds stand for a path, so nobody can make two names that are taken for one.
 */
export class PathIndex {
  readonly #slots: Uint32Array;
  readonly #keys: Uint32Array;
  readonly #seeds = new Uint32Array(randomBytes(8).buffer.slice(0, 8));
  #size = 0;

  /** `capacity` is how many paths there will be at most. */
  constructor(capacity: number) {
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(8, capacity * 1.5))));
    this.#keys = new Uint32Array(Math.max(1, capacity) * 2);
  }

  get size(): number {
    return this.#size;
  }

  /** The number of a path, which is a new one if the path was not there. */
  add(path: string): number {
    return this.#find(path, true);
  }

  /** The number of a path. -1 if it is not there. */
  find(path: string): number {
    return this.#find(path, false);
  }

  #find(path: string, adds: boolean): number {
    const [high, low] = this.#hashesOf(path);
    const mask = this.#slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const at = (this.#slots[slot] ?? 0) - 1;
      if (at < 0) return adds ? this.#put(slot, high, low) : -1;
      if (this.#keys[2 * at] === high && this.#keys[2 * at + 1] === low) return at;
    }
  }

  #put(slot: number, high: number, low: number): number {
    const at = this.#size++;
    if (2 * at >= this.#keys.length) throw new RangeError('more paths than were announced');
    this.#keys[2 * at] = high;
    this.#keys[2 * at + 1] = low;
    this.#slots[slot] = at + 1;
    return at;
  }

  /** Two hashes as MurmurHash3 makes one, of one character at a time. */
  #hashesOf(path: string): readonly [number, number] {
    let [high = 0, low = 0] = this.#seeds;
    for (let at = 0; at < path.length; at++) {
      const code = path.charCodeAt(at);
      high = mixed(high, code, 0xcc9e2d51, 15);
      low = mixed(low, code, 0x85ebca6b, 13);
    }
    return [finished(high ^ path.length), finished(low ^ path.length)];
  }
}

function mixed(hash: number, code: number, factor: number, turn: number): number {
  let part = Math.imul(code + 0x9e37, factor);
  part = (part << turn) | (part >>> (32 - turn));
  const sum = hash ^ Math.imul(part, 0x1b873593);
  return (Math.imul((sum << 13) | (sum >>> 19), 5) + 0xe6546b64) | 0;
}

function finished(hash: number): number {
  let rest = hash;
  rest = Math.imul(rest ^ (rest >>> 16), 0x85ebca6b);
  rest = Math.imul(rest ^ (rest >>> 13), 0xc2b2ae35);
  return (rest ^ (rest >>> 16)) >>> 0;
}
