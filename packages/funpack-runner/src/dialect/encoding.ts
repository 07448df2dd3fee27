import { TextDecoder } from 'node:util';
import { PinkyError } from '@pinky/protocol';

/** How a game writes its console, and wants to read. */
export interface Encoding {
  /** A line of the console. Bytes that mean nothing become U+FFFD. */
  readonly decode: (bytes: Buffer, from?: number, to?: number) => string;
  /** A line for the game. Throws `bad_text` for a character that the game could not be told. */
  encode(text: string): Buffer;
}

export const utf8: Encoding = {
  decode: (bytes, from, to) => bytes.toString('utf8', from, to),
  encode: (text) => Buffer.from(text),
};

/** Encodings in which a newline, or a quote, is not the byte that it is in ASCII. */
const unlikeAscii = /^(?:utf-16|iso-2022|replacement|x-user-defined)/;

/** The encoding of a name (those of TextDecoder, such as `gbk`). Undefined if there is none, or none like ASCII. */
export function encodingOf(label = 'utf-8'): Encoding | undefined {
  const decoder = decoderOf(label);
  if (!decoder || unlikeAscii.test(decoder.encoding)) return undefined;
  return decoder.encoding === 'utf-8' ? utf8 : new LegacyEncoding(decoder);
}

function decoderOf(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined; // RangeError: no such encoding
  }
}

/** An encoding with one or two bytes a character. Bytes are written that are read back as the same text. */
class LegacyEncoding implements Encoding {
  #bytes: ReadonlyMap<string, readonly number[]> | undefined;

  constructor(private readonly decoder: TextDecoder) {}

  decode(bytes: Buffer, from?: number, to?: number): string {
    return decoded(this.decoder, bytes.subarray(from, to));
  }

  encode(text: string): Buffer {
    const table = (this.#bytes ??= inverseOf(this.decoder));
    const bytes: number[] = [];
    for (const character of text) {
      const code = table.get(character);
      if (!code) {
        const name = this.decoder.encoding;
        throw new PinkyError('bad_text', `this game reads ${name}, which has no ${JSON.stringify(character)}`);
      }
      bytes.push(...code);
    }
    return Buffer.from(bytes);
  }
}

/** The characters from 0x80 to 0x9f of windows-1252, which Node 20 and later read as those of ISO-8859-1. */
const westernMarks =
  '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f' +
  '\u0090‘’“”•–—˜™š›œ\u009džŸ';

function decoded(decoder: TextDecoder, bytes: Buffer): string {
  const text = decoder.decode(bytes);
  if (decoder.encoding !== 'windows-1252') return text;
  return text.replace(/[\u0080-\u009f]/g, (mark) => westernMarks[mark.charCodeAt(0) - 0x80] ?? mark);
}

const newline = 10;
const replacement = '\ufffd';

/** Every character that one or two bytes mean. */
function inverseOf(decoder: TextDecoder): ReadonlyMap<string, readonly number[]> {
  const table = new Map<string, readonly number[]>([['\n', [newline]]]);
  const learn = (text: string, code: readonly number[]): void => {
    if (isCharacter(text) && !table.has(text)) table.set(text, code);
  };
  for (let byte = 0; byte < 256; byte++) learn(decoded(decoder, Buffer.of(byte)), [byte]);
  for (let lead = 0x80; lead < 256; lead++) {
    const bytes = pairsOf(lead);
    const texts = decoded(decoder, bytes).split('\n');
    if (texts.length !== pairsOfLead + 1) continue; // a character of three bytes took a line break
    for (const [index, text] of texts.entries()) learn(text, [lead, bytes[3 * index + 1] ?? 0]);
  }
  return table;
}

/** No second byte of a pair is less; a digit as the second byte begins the four bytes of GB18030. */
const firstTrail = 0x40;
const pairsOfLead = 256 - firstTrail;

/** Each pair of bytes that may be one character, in lines. */
function pairsOf(lead: number): Buffer {
  const bytes = Buffer.alloc(3 * pairsOfLead, newline);
  for (let trail = firstTrail, at = 0; trail < 256; trail++, at += 3) {
    bytes[at] = lead;
    bytes[at + 1] = trail;
  }
  return bytes;
}

const isCharacter = (text: string): boolean =>
  text !== '' && text !== replacement && text.length === ((text.codePointAt(0) ?? 0) > 0xffff ? 2 : 1);
