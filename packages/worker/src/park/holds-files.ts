import { readdirSync } from 'node:fs';
import { join, normalize } from 'node:path';

/**
 * Whether a folder holds anything but folders and `own` (the paths in it that Pinky writes itself). Yes where that
 * cannot be told.
 */
export function holdsFiles(dir: string, own: readonly string[]): boolean {
  const known = new Set(own.map((path) => normalize(join(dir, path))));
  try {
    return holdsOthers(dir, known);
  } catch {
    return true; // a path that is too long, say
  }
}

const holdsOthers = (dir: string, known: ReadonlySet<string>): boolean =>
  readdirSync(dir, { withFileTypes: true }).some((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? holdsOthers(path, known) : !known.has(path);
  });
