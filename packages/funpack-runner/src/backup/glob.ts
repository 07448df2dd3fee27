import { bytesOf } from '../kernel/open-folder.js';

/**
 * Answers whether a path, as bytes, matches one of the patterns, as in .gitignore. `*` and `?` stay within one name,
 * and `**` crosses slashes. A pattern without a slash means any entry of that name. A folder means everything in it,
 * because the walk does not enter it.
 */
export function matcherOf(patterns: readonly string[]): (path: string) => boolean {
  const compiled = patterns.map((pattern) => {
    const trimmed = bytesOf(pattern).replace(/^\.?\/+/, '').replace(/\/+$/, '');
    return new RegExp(`^${pattern.replace(/\/+$/, '').includes('/') ? '' : '(?:.*/)?'}${toSource(trimmed)}$`, 's');
  });
  return (path) => compiled.some((expression) => expression.test(path));
}

const toSource = (pattern: string): string =>
  pattern.replace(/\*\*\/|\*\*|\*|\?|[\\^$.|+()[\]{}]/g, (token) => wildcards[token] ?? `\\${token}`);

/** One character of UTF-8, or one byte that is none. */
const oneCharacter = '(?:[\\xc2-\\xf4][\\x80-\\xbf]{1,3}|[^/])';

const wildcards: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': oneCharacter };
