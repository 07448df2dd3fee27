import { defaultForbid, type Escape } from '@pinky/protocol';
import { utf8, type Encoding } from '../dialect/encoding.js';

/** The quotes of the template in which a text stands. Empty: it stands outside of quotes. */
export type Quote = '' | '"' | "'";

/** A place for a text. `isOwn`: the text is the operator's, such as a setting. */
export interface Place {
  readonly quote: Quote;
  readonly escape: Escape | undefined;
  readonly isOwn?: boolean;
  readonly encoding?: Encoding;
}

/** A text in the form in which the game reads it as it is, and the characters for which there is no such form. */
export interface Escaped {
  readonly text: string;
  readonly forbidden: string;
}

/** Writes a text so that it neither ends the quotes around it nor begins another command. */
export function escapeText(text: string, place: Place): Escaped {
  const forbid = forbiddenAt(place);
  let forbidden = '';
  const written = Array.from(text, (character) => {
    if (!forbid.includes(character) && !hides(character, forbid, place)) return inQuotes(character, place);
    if (!forbidden.includes(character)) forbidden += character;
    return place.escape?.replace ?? character;
  });
  return { text: written.join(''), forbidden };
}

/**
 * Whether a game that reads single bytes finds something else in a character: 功 ends with a backslash in Big5, which
 * takes the meaning of the quote after it away.
 */
function hides(character: string, forbid: string, { quote, escape, encoding = utf8 }: Place): boolean {
  if (encoding === utf8 || character < '\u0080') return false;
  const meaningful = `${forbid}${quote}${escape?.style === 'backslash' ? '\\' : ''}`;
  return [...encoding.encode(character)].some((byte) => byte < 0x80 && meaningful.includes(String.fromCharCode(byte)));
}

/** Characters that cannot be said at a place. Without `forbid`, only those that the quotes take care of can. */
export function forbiddenAt({ quote, escape = {}, isOwn = false }: Place): string {
  const { forbid, style = 'none' } = escape;
  if (forbid !== undefined) return style === 'none' ? forbid + quote : forbid;
  // Tom's is a usual word of an operator, and an apostrophe between double quotes ends nothing
  const apostrophe = quote === '"' || (quote === '' && isOwn) ? "'" : '';
  const harmless = apostrophe + writable(quote, style);
  return Array.from(defaultForbid).filter((character) => !harmless.includes(character)).join('');
}

function writable(quote: Quote, style: Escape['style']): string {
  if (quote === '') return '';
  return style === 'backslash' ? `${quote}\\` : style === 'double' ? quote : '';
}

function inQuotes(character: string, { quote, escape }: Place): string {
  if (quote === '') return character;
  if (escape?.style === 'backslash' && (character === quote || character === '\\')) return `\\${character}`;
  return escape?.style === 'double' && character === quote ? character + character : character;
}
