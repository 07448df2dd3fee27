import { PinkyError } from '../errors.js';

/** Line breaks, and control characters of both tables: U+009B begins an escape sequence as ESC [ does. */
const controlCharacter = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

export const holdsControl = (text: string): boolean => controlCharacter.test(text);

/** Refuses text that would become a second line on a game's stdin. `field` names it in the error. Throws `bad_text`. */
export function assertOneLine(field: string, text: string): void {
  if (holdsControl(text)) {
    throw new PinkyError(
      'bad_text',
      `${field} holds a line break or control character: ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
}
