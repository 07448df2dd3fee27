/** A part of a word of a command line: text, or a variable. */
export type Piece = { readonly text: string } | { readonly variable: string; readonly isQuoted: boolean };
export type Word = readonly Piece[];

/** Signs that mean more to a shell than themselves. */
const special = /[|&;<>()`*?[\]~!#{}\\]/;
/** Words that only a shell knows. */
const shellWords = new Set(['cd', 'export', 'set', 'if', 'for', 'while', 'until', 'case', 'source', 'eval', 'trap',
  'ulimit', 'umask', 'wait', 'read', 'coproc', 'function', 'time', '.']);

/**
 * The words of a command line that needs no shell: quotes and variables are all there is. Undefined if there is more.
 * A variable is written `{{NAME}}`, `${NAME}` or `$NAME`.
 */
export function wordsOf(line: string): readonly Word[] | undefined {
  const words: Word[] = [];
  let rest = line.trim();
  while (rest !== '') {
    const read = readWord(rest);
    if (!read) return undefined;
    words.push(read.word);
    rest = rest.slice(read.length).trimStart();
  }
  const first = words[0]?.map((piece) => ('text' in piece ? piece.text : '')).join('') ?? '';
  return shellWords.has(first) || /^\w+=/.test(first) ? undefined : words;
}

const variable = /^(?:\{\{\s*(\w+)\s*\}\}|\$\{(\w+)\}|\$([A-Za-z_]\w*))/;

function readWord(line: string): { word: Word; length: number } | undefined {
  const word: Piece[] = [];
  let at = 0;
  let quote = '';
  const add = (text: string): void => {
    const last = word.at(-1);
    if (last && 'text' in last) word[word.length - 1] = { text: last.text + text };
    else word.push({ text });
  };
  while (at < line.length) {
    const rest = line.slice(at);
    const character = rest[0] ?? '';
    if (quote === '' && /\s/.test(character)) break;
    const found = quote === "'" ? undefined : variable.exec(rest);
    if (quote === "'" && /^\{\{|^\$/.test(rest)) return undefined; // which of the two is meant, only a shell can say
    if (found) {
      word.push({ variable: found[1] ?? found[2] ?? found[3] ?? '', isQuoted: quote !== '' });
      at += found[0].length;
      continue;
    }
    if (character === '$' || (quote === '' ? special : /[`\\]/).test(character)) return undefined;
    if (character === quote) quote = '';
    else if (quote === '' && /["']/.test(character)) quote = character;
    else add(character);
    if (character === '"' || character === "'") add('');
    at += 1;
  }
  return quote === '' ? { word, length: at } : undefined;
}
