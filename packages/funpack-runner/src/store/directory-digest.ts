import { lstatSync, readdirSync, realpathSync } from 'node:fs';
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
export function directoryDigest(dir: string): string {
  const print = new Fingerprint().update(realpathSync(dir));
  let left = maxEntries;
  const walk = (relative: string): void => {
    const names = readdirSync(join(dir, relative)).sort();
    for (const name of names) {
      if (skipped.has(name) || left-- <= 0) continue;
      const path = join(relative, name);
      const stat = lstatSync(join(dir, path));
      print.update(
        JSON.stringify([path, stat.mode, stat.isDirectory() ? 0 : stat.size, stat.isDirectory() ? 0 : stat.mtimeMs]),
      );
      if (stat.isDirectory()) walk(path);
    }
  };
  walk('');
  return print.digest();
}
