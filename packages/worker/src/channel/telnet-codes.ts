const iac = 255;
const dont = 254;
const does = 253;
const wont = 252;
const will = 251;
const begin = 250;
const end = 240;

/**
 * Takes the codes of telnet (RFC 854) out of what comes, and refuses every option that the other end offers or wants.
 */
export class TelnetCodes {
  /** The bytes of a code that has begun. */
  #code: number[] = [];

  /** The text of these bytes. `answer` gets the refusals that are to be sent back. */
  read(bytes: Buffer, answer: (bytes: Buffer) => void): Buffer {
    const text: number[] = [];
    for (const byte of bytes) {
      if (this.#code.length === 0 && byte !== iac) text.push(byte);
      else if (this.#isWhole(byte)) text.push(...this.#meant(answer));
    }
    return Buffer.from(text);
  }

  #isWhole(byte: number): boolean {
    const code = this.#code;
    code.push(byte);
    if (code.length < 2) return false;
    if (code[1] === begin) return code.at(-1) === end && code.at(-2) === iac;
    return code.length === ((code[1] ?? 0) >= will && code[1] !== iac ? 3 : 2);
  }

  /** A doubled IAC is that byte. All else is no text. */
  #meant(answer: (bytes: Buffer) => void): readonly number[] {
    const [, kind, option = 0] = this.#code;
    this.#code = [];
    if (kind === will) answer(Buffer.from([iac, dont, option]));
    if (kind === does) answer(Buffer.from([iac, wont, option]));
    return kind === iac ? [iac] : [];
  }
}

/** Bytes as telnet wants them: a byte of 255 is doubled. */
export const telnetBytes = (bytes: Buffer): Buffer =>
  bytes.includes(255) ? Buffer.from([...bytes].flatMap((byte) => (byte === 255 ? [255, 255] : [byte]))) : bytes;
