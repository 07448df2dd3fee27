import { lstatSync, readdirSync, readFileSync, realpathSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { Fingerprint } from '@pinky/protocol';

/** Folders that tools fill, and that are not part of the author's work. */
const skipped = new Set(['.git', 'node_modules']);
/** How many entries are looked at: enough for any funpack, and a bound on the cost of a start. */
const maxEntries = 10_000;

/**
 * Identifies a funpack that is used in place, by its path and every entry's name, size, mode and modification time. It
 * is cheap, because no content is read. Any edit changes it, so that bootstrap runs again.
 */
export const directoryDigest = (dir: string): string =>
  digestOf(dir, new Fingerprint().update(realpathSync(dir)), ({ mtimeMs }) => mtimeMs);

/**
 * Whether two funpacks that are used in place are copies of each other, by every entry's name, size and mode, and by
 * what their funpack.json says. A copy, such as that of another version of Pinky, has other times.
 */
export function haveSameEntries(one: string, other: string): boolean {
  const [first, second] = [one, other].map((dir) => {
    const manifest = readFileSync(join(dir, 'funpack.json'), 'latin1');
    return digestOf(dir, new Fingerprint().update(manifest), () => 0);
  });
  return first === second;
}

function digestOf(dir: string, print: Fingerprint, timeOf: (stat: Stats) => number): string {
  let left = maxEntries;
  const walk = (relative: string): void => {
    const names = readdirSync(join(dir, relative)).sort();
    for (const name of names) {
      if (skipped.has(name) || left-- <= 0) continue;
      const path = join(relative, name);
      const stat = lstatSync(join(dir, path));
      print.update(
        JSON.stringify([path, stat.mode, stat.isDirectory() ? 0 : stat.size, stat.isDirectory() ? 0 : timeOf(stat)]),
      );
      if (stat.isDirectory()) walk(path);
    }
  };
  walk('');
  return print.digest();
}
