import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';

const root = resolve(__dirname, '..');
const columns = 120;
const lines = 300;
const filesInFolder = 12;

/** Files that may be longer, or have longer lines, and why. */
const longFiles: Readonly<Record<string, string>> = {};
const wideFiles: Readonly<Record<string, string>> = {
  'packages/worker/src/launch/wrapper.sh': 'each byte of it is read at every launch, and its text is measured',
  'packages/worker/test/integration/games/prints-json-of-wrong-types.sh': 'each line is one event of the game',
};
/** Folders of `src` that may hold more files, and why. */
const fullFolders: Readonly<Record<string, string>> = {};

/** Folder names that say what kind of code is inside, instead of what it is about. */
const vagueNames = ['utils', 'util', 'helpers', 'types', 'classes', 'common', 'misc'];

const sourceSuffixes = ['.ts', '.mjs', '.cjs', '.js', '.c', '.lua', '.sh'];
const sources = filesOfTree().filter(isSource);

describe('every source file', () => {
  it(`has no line over ${columns} columns`, () => {
    expect(sources.filter((file) => !(file in wideFiles)).flatMap(wideLinesIn)).toEqual([]);
  });

  it(`has no more than ${lines} lines`, () => {
    const long = sources
      .filter((file) => !(file in longFiles))
      .map((file) => ({ file, lines: textOf(file).split('\n').length - 1 }))
      .filter((each) => each.lines > lines);
    expect(long).toEqual([]);
  });
});

describe('every folder', () => {
  it('is named for a concern, not for a kind of code', () => {
    const folders = new Set(sources.flatMap((file) => dirname(file).split('/').map((_, at, all) =>
      all.slice(0, at + 1).join('/'),
    )));
    expect([...folders].filter((folder) => vagueNames.includes(basename(folder)))).toEqual([]);
  });

  it(`of a package's src holds no more than ${filesInFolder} files`, () => {
    const counts = new Map<string, number>();
    for (const file of sources.filter((each) => /^packages\/[^/]+\/src\//.test(each)))
      counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    const full = [...counts].filter(([folder, count]) => count > filesInFolder && !(folder in fullFolders));
    expect(full).toEqual([]);
  });
});

describe('every exception', () => {
  it('is still needed', () => {
    const isLong = (file: string): boolean => textOf(file).split('\n').length - 1 > lines;
    const isFull = (folder: string): boolean =>
      sources.filter((file) => dirname(file) === folder).length > filesInFolder;
    const isThere = (path: string): boolean => existsSync(join(root, path));
    const unneeded = [
      ...Object.keys(longFiles).filter((file) => !isThere(file) || !isLong(file)),
      ...Object.keys(wideFiles).filter((file) => !isThere(file) || wideLinesIn(file).length === 0),
      ...Object.keys(fullFolders).filter((folder) => !isThere(folder) || !isFull(folder)),
    ];
    expect(unneeded).toEqual([]);
  });
});

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function wideLinesIn(file: string): string[] {
  return textOf(file).split('\n').flatMap((line, at) => {
    const width = Array.from(line).length;
    return width > columns ? [`${file}:${at + 1}: ${width} columns`] : [];
  });
}

/** By its suffix. A file without one is a script if it says so in its first line. */
function isSource(file: string): boolean {
  if (extname(file) !== '') return sourceSuffixes.includes(extname(file));
  return textOf(file).startsWith('#!');
}

/** The files that git knows or would add. A copy of the tree without git has all of those, and what was made since. */
function filesOfTree(): string[] {
  if (!existsSync(join(root, '.git'))) return filesBelow(root).map((file) => relative(root, file));
  const known = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  return known.toString().split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => !['node_modules', 'dist', '.cache', 'coverage'].includes(name))
    .map((name) => join(dir, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]));
}
