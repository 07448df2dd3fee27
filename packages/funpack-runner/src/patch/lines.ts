import { newValue, textOfValue, type Change } from './change.js';

/**
 * Changes a file line by line: a line that begins with a key becomes the value, whole. If several keys begin it, the
 * longest counts. A file that is not there yet gets every line once.
 */
export function patchLines(text: string | undefined, changes: readonly Change[]): string {
  if (text === undefined) {
    const values = changes.map(({ to }) => newValue(to, undefined));
    const lines = values.filter((value) => value !== undefined).map(textOfValue);
    return [...new Set(lines)].map((line) => `${line}\n`).join('');
  }
  const longestFirst = [...changes].sort((a, b) => b.key.length - a.key.length);
  return text.replace(/[^\r\n]+/g, (line) => {
    const change = longestFirst.find(({ key }) => line.startsWith(key));
    const value = change && newValue(change.to, line);
    return value === undefined ? line : textOfValue(value);
  });
}
