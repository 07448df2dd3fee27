/** How games read a line: the commands in it, each a list of words. Undefined where the game would complain. */
export type Reader = (line: string) => readonly (readonly string[])[];

interface Grammar {
  /** Characters that begin a new command outside of quotes. */
  readonly separators: string;
  readonly quotes: string;
  readonly style: 'backslash' | 'double' | 'none';
}

/** Reads as the console of a game does, character by character. Quotes that nothing closes end with the line. */
const reader = ({ separators, quotes, style }: Grammar): Reader => (line) => {
  const commands: string[][] = [[]];
  let word: string | undefined;
  let quote = '';
  const end = (): void => {
    if (word !== undefined) commands.at(-1)?.push(word);
    word = undefined;
  };
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    const next = line[at + 1] ?? '';
    if (style === 'backslash' && character === '\\' && next !== '') word = (word ?? '') + line[++at];
    else if (style === 'double' && character === quote && next === quote) word = (word ?? '') + line[++at];
    else if (character === quote) quote = '';
    else if (quote === '' && quotes.includes(character)) [quote, word] = [character, word ?? ''];
    else if (quote === '' && character === ' ') end();
    else if (quote === '' && separators.includes(character)) {
      end();
      commands.push([]);
    } else word = (word ?? '') + character;
  }
  end();
  return commands.filter((words) => words.length > 0);
};

/** The families of games whose console we know. */
export const readers = {
  quake: reader({ separators: ';', quotes: '"', style: 'none' }),
  unreal: reader({ separators: '|', quotes: '"', style: 'none' }),
  rust: reader({ separators: '', quotes: '"\'', style: 'none' }),
  teeworlds: reader({ separators: ';', quotes: '"', style: 'backslash' }),
  shell: reader({ separators: ';|`$', quotes: '"\'', style: 'backslash' }),
  double: reader({ separators: ';', quotes: '"\'', style: 'double' }),
} satisfies Record<string, Reader>;
