/**
 * Tells texts apart, as 64 hexadecimal digits. It is not a cryptographic hash: it sees that something has changed, but
 * somebody who wants to hide a change can. Loading `node:crypto` for that would cost a process 0.75 MB. It has eight
 * lanes of 32 bits, each mixed as in MurmurHash3 (constants and finaliser of Austin Appleby, public domain).
 */
export class Fingerprint {
  readonly #lanes = Uint32Array.from({ length: 8 }, (_, lane) => Math.imul(lane + 1, 0x9e3779b1));
  #length = 0;

  update(text: string): this {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
    this.#mix(0x10000); // so that ('ab', 'c') is not ('a', 'bc')
    return this;
  }

  digest(): string {
    return [...this.#lanes].map((lane) => finish(lane ^ this.#length).toString(16).padStart(8, '0')).join('');
  }

  #mix(unit: number): void {
    this.#length++;
    for (let lane = 0; lane < 8; lane++) {
      const scrambled = Math.imul(rotate(Math.imul(unit + lane, 0xcc9e2d51), 15), 0x1b873593);
      this.#lanes[lane] = Math.imul(rotate((this.#lanes[lane] ?? 0) ^ scrambled, 13), 5) + 0xe6546b64;
    }
  }
}

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

function finish(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
