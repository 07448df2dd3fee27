/** Colours, titles and other things for a terminal (ECMA-48): whole ones, and the beginnings of those that are cut. */
const sequence = new RegExp(
  [
    '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]', // colours, places of the cursor
    '\\u001b[\\]PX^_][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)', // titles and other texts
    '\\u001b[ -/]*[0-~]?', // sets of characters, and all else
    '\\u009b',
  ].join('|'),
  'g',
);

/** The line as a person reads it. Called for every line of a busy game, and few have any. */
export const withoutEscapes = (line: string): string =>
  line.includes('\u001b') || line.includes('\u009b') ? line.replace(sequence, '') : line;

/** Whether a regular expression looks for escape sequences. */
export const looksForEscapes = (pattern: string): boolean => /\\x1b|\\u001b|\\u\{1b\}|\\c\[|\u001b/i.test(pattern);
