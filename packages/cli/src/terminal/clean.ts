/**
 * Removes from a stream of bytes all that would control a terminal: escape sequences (ECMA-48: CSI, OSC, DCS, …),
 * control characters except tab and line feed, and C1 controls written as UTF-8 (C2 80 to C2 9F). Other bytes pass
 * unchanged, even invalid UTF-8. A chunk may end in the middle of a sequence.
 */
export class TerminalCleaner {
  #state: 'text' | 'escape' | 'csi' | 'string' | 'stringEscape' | 'intermediate' | 'c2' | 'stringC2' = 'text';

  push(chunk: Uint8Array): Buffer {
    const out = Buffer.allocUnsafe(chunk.length + 1);
    let length = 0;
    for (const byte of chunk) {
      const wasC2 = this.#state === 'c2';
      if (!this.#isText(byte)) continue;
      if (wasC2) out[length++] = 0xc2;
      out[length++] = byte;
    }
    return out.subarray(0, length);
  }

  /** Takes one byte. True if it is text. */
  #isText(byte: number): boolean {
    switch (this.#state) {
      case 'text': return this.#inText(byte);
      case 'c2': {
        this.#state = 'text';
        return byte >= 0x80 && byte <= 0x9f ? this.#c1(byte) : this.#inText(byte);
      }
      case 'escape': return this.#afterEscape(byte);
      case 'intermediate': return this.#endsAt(byte, 0x30);
      case 'csi': return this.#endsAt(byte, 0x40);
      case 'string': return this.#inString(byte);
      case 'stringC2': return this.#afterStringEscape(byte, 0x9c);
      case 'stringEscape': return this.#afterStringEscape(byte, 0x5c);
    }
  }

  #inText(byte: number): boolean {
    if (byte === 0x1b) this.#state = 'escape';
    else if (byte === 0xc2) this.#state = 'c2';
    else return byte === 0x09 || byte === 0x0a || (byte >= 0x20 && byte !== 0x7f);
    return false;
  }

  #afterEscape(byte: number): boolean {
    if (byte === 0x5b) this.#state = 'csi';
    else if (isStringOpener(byte + 0x40)) this.#state = 'string';
    else if (byte >= 0x20 && byte <= 0x2f) this.#state = 'intermediate';
    else if (byte !== 0x1b) this.#state = 'text';
    return byte === 0x0a;
  }

  #c1(byte: number): boolean {
    if (byte === 0x9b) this.#state = 'csi';
    else if (isStringOpener(byte)) this.#state = 'string';
    return false;
  }

  /** Inside a sequence that ends with a byte from `first` to 7E. A line feed ends it too: log lines stay lines. */
  #endsAt(byte: number, first: number): boolean {
    if (byte === 0x1b) this.#state = 'escape';
    else if (byte === 0x0a || (byte >= first && byte <= 0x7e)) this.#state = 'text';
    return byte === 0x0a;
  }

  #inString(byte: number): boolean {
    if (byte === 0x1b) this.#state = 'stringEscape';
    else if (byte === 0xc2) this.#state = 'stringC2';
    else if (byte === 0x07 || byte === 0x0a) this.#state = 'text';
    return byte === 0x0a;
  }

  #afterStringEscape(byte: number, end: number): boolean {
    if (byte === end) this.#state = 'text';
    else return this.#enterString(byte);
    return false;
  }

  #enterString(byte: number): boolean {
    this.#state = 'string';
    return this.#inString(byte);
  }
}

/** DCS, SOS, OSC, PM and APC in their C1 form. The bytes up to ST or BEL are for the terminal. */
const isStringOpener = (byte: number): boolean =>
  byte === 0x90 || byte === 0x98 || byte === 0x9d || byte === 0x9e || byte === 0x9f;

/** Makes foreign text safe to print: without control sequences and line breaks. */
export function cleanText(text: string): string {
  return new TerminalCleaner().push(Buffer.from(text, 'utf8')).toString('utf8').replaceAll(/[\n\t]+/g, ' ');
}
