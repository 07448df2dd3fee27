import { PinkyError } from '../errors.js';

const controlCharacter = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/;

/** Refuses text that would become a second line on a game's stdin. `field` names it in the error. Throws `bad_text`. */
export function assertOneLine(field: string, text: string): void {
  if (controlCharacter.test(text)) {
    throw new PinkyError(
      'bad_text',
      `${field} holds a line break or control character: ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
}
