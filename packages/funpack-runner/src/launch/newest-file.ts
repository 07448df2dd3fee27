import { matcherOf } from '../backup/glob.js';
import { isGone, OpenFolder, textOf } from '../kernel/open-folder.js';

/** A folder of saves has thousands of names at most; a funpack with more of them names a narrower pattern. */
const mostLooks = 100_000;
const controlCharacter = /[\u0000-\u001f\u007f]/;

/**
 * The path, in the folder `root`, of the file that matches the pattern and was written last; of two that were written
 * at once, the one whose name comes last. Undefined if none matches. The pattern is read as in .gitignore. No link is
 * followed, so a game can lead nobody out of its folder.
 */
export function newestFile(root: string, pattern: string): string | undefined {
  const search = new Search(matcherOf([pattern]));
  let top: OpenFolder;
  try {
    top = OpenFolder.at(root);
  } catch {
    return undefined; // no game was there yet
  }
  try {
    search.look(top, '');
  } finally {
    top.close();
  }
  return search.newest === undefined ? undefined : textOf(search.newest.path);
}

class Search {
  newest: { readonly path: string; readonly writtenAt: number } | undefined;
  #looks = 0;

  constructor(private readonly matches: (path: string) => boolean) {}

  look(folder: OpenFolder, at: string): void {
    for (const { name } of folder.entries()) {
      if (++this.#looks > mostLooks) return;
      const path = at === '' ? name : `${at}/${name}`;
      const stats = folder.stat(name);
      if (stats?.isDirectory()) this.#enter(folder, name, path);
      // a line break in a name would become a second line of a configuration file
      else if (stats?.isFile() && !controlCharacter.test(path) && this.matches(path)) this.#take(path, stats.mtimeMs);
    }
  }

  #take(path: string, writtenAt: number): void {
    const { newest } = this;
    const isNewer =
      newest === undefined || writtenAt > newest.writtenAt || (writtenAt === newest.writtenAt && path > newest.path);
    if (isNewer) this.newest = { path, writtenAt };
  }

  #enter(folder: OpenFolder, name: string, path: string): void {
    try {
      const inner = folder.folder(name);
      try {
        this.look(inner, path);
      } finally {
        inner.close();
      }
    } catch (error) {
      if (!isGone(error)) throw error; // the game removed it meanwhile
    }
  }
}
