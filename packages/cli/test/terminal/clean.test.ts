import fc from 'fast-check';
import { cleanText, TerminalCleaner } from '../../src/terminal/clean.js';

const esc = '\u001b';
const clean = (text: string): string => new TerminalCleaner().push(Buffer.from(text, 'utf8')).toString('utf8');

describe('the output of a game on a terminal', () => {
  it.each([
    ['colours', `${esc}[31mred${esc}[0m`, 'red'],
    ['cursor movement and erasure', `a${esc}[2J${esc}[Hb`, 'ab'],
    ['a window title', `a${esc}]0;owned\u0007b`, 'ab'],
    ['a title that ends with ST', `a${esc}]0;owned${esc}\\b`, 'ab'],
    ['a device control string', `a${esc}P1$r0m${esc}\\b`, 'ab'],
    ['a change of character set', `a${esc}(0b`, 'ab'],
    ['a C1 sequence in UTF-8', 'a\u009b31mb\u009d0;t\u009cc', 'abc'],
    ['bells, backspaces and carriage returns', 'a\u0007\u0008\rb\u007f', 'ab'],
    ['a string that never ends, up to the end of its line', `a${esc}]0;owned\nb`, 'a\nb'],
    ['a sequence that never ends, up to the end of its line', `a${esc}[12\nb`, 'a\nb'],
  ])('loses %s', (_what, text, cleaned) => {
    expect(clean(text)).toBe(cleaned);
  });

  it('keeps tabs, line feeds and every language', () => {
    expect(clean('a\tb\nÄ ¢ 日本 🎮\n')).toBe('a\tb\nÄ ¢ 日本 🎮\n');
  });

  it('keeps invalid bytes as they are', () => {
    const bytes = Buffer.from([0x61, 0xff, 0xfe, 0x62, 0xe6, 0x97, 0x0a]);
    expect(new TerminalCleaner().push(bytes)).toEqual(bytes);
  });

  it('finds the same text however the stream is cut, and never an escape or control character', () => {
    const piece = fc.constantFrom(esc, '[', ']', '31m', '\u0007', '\\', 'a', 'é', '\u009b', '\n', '¢', 'P', '(');
    fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (pieces, size) => {
      const bytes = Buffer.from(pieces.join(''), 'utf8');
      const cleaner = new TerminalCleaner();
      const cut = Buffer.concat(
        Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          cleaner.push(bytes.subarray(i * size, (i + 1) * size)),
        ),
      );
      expect(cut.toString('hex')).toBe(new TerminalCleaner().push(bytes).toString('hex'));
      expect(cut.toString('utf8')).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }));
  });

  it('turns a text with several lines into one line', () => {
    expect(cleanText(`two\nlines${esc}[0m`)).toBe('two lines');
  });
});
