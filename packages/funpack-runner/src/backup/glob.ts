/**
 * Whether a path is among the patterns, in the way of .gitignore: `*` and `?` stay within one name, `**` crosses
 * slashes, a pattern without a slash means any entry of that name, and a folder means all that is in it (the walk does
 * not go in).
 */
export function matcherOf(patterns: readonly string[]): (path: string) => boolean {
  const compiled = patterns.map((pattern) => {
    const trimmed = pattern.replace(/^\.?\/+/, '').replace(/\/+$/, '');
    return new RegExp(`^${pattern.replace(/\/+$/, '').includes('/') ? '' : '(?:.*/)?'}${toSource(trimmed)}$`, 's');
  });
  return (path) => compiled.some((expression) => expression.test(path));
}

const toSource = (pattern: string): string =>
  pattern.replace(/\*\*\/|\*\*|\*|\?|[\\^$.|+()[\]{}]/g, (token) => wildcards[token] ?? `\\${token}`);

const wildcards: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };
