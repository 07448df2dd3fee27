import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { parseSync } from '@swc/core';

const root = resolve(__dirname, '..');
const columns = 120;
const lines = 300;
const filesInFolder = 12;
const linesInFunction = 40;

/** Files of `src` with a longer function, and why. */
const longFunctions: Readonly<Record<string, string>> = {
  'packages/box/src/config/box-config.ts': 'one line for each option, in the order of the page of options',
};

/** Folder names that say what kind of code is inside, instead of what it is about. */
const vagueNames = ['utils', 'util', 'helpers', 'types', 'classes', 'common', 'misc'];

const sourceSuffixes = ['.ts', '.mjs', '.cjs', '.js', '.c', '.lua', '.sh'];
const sources = filesOfTree().filter(isSource);

describe('every source file', () => {
  it(`has no line over ${columns} columns`, () => {
    expect(sources.flatMap(wideLinesIn)).toEqual([]);
  });

  it(`has no more than ${lines} lines`, () => {
    const long = sources
      .map((file) => ({ file, lines: textOf(file).split('\n').length - 1 }))
      .filter((each) => each.lines > lines);
    expect(long).toEqual([]);
  });
});

describe('every function', () => {
  it(`of a package's src has no more than ${linesInFunction} lines`, () => {
    const files = sources.filter((file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file) && !(file in longFunctions));
    expect(files.flatMap(longFunctionsIn)).toEqual([]);
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
    const full = [...counts].filter(([, count]) => count > filesInFolder);
    expect(full).toEqual([]);
  });
});

describe('every exception', () => {
  it('is still needed', () => {
    const unneeded = Object.keys(longFunctions).filter((file) => longFunctionsIn(file).length === 0);
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

const functionKinds = [
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'PrivateMethod',
  'Constructor',
  'GetterProperty',
  'SetterProperty',
  'MethodProperty',
];

function longFunctionsIn(file: string): string[] {
  const text = Buffer.from(textOf(file));
  const before = parseSync('', { syntax: 'typescript' }).span.end; // the parser counts on over all that it has read
  const program = parseSync(text.toString(), { syntax: 'typescript' });
  const lineOf = (at: number): number => text.subarray(0, at - before).toString().split('\n').length;
  return nodesOf(program).flatMap(({ type, span, function: inner }) => {
    const where = span ?? inner?.span; // a declared function carries its place, a method has it inside
    if (!where || !functionKinds.includes(type ?? '')) return [];
    const long = lineOf(where.end) - lineOf(where.start) + 1;
    return long > linesInFunction ? [`${file}:${lineOf(where.start)}: ${long} lines`] : [];
  });
}

interface SyntaxNode {
  readonly type?: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly function?: SyntaxNode;
}

/** The node and all that it is made of. */
function nodesOf(node: unknown): SyntaxNode[] {
  if (typeof node !== 'object' || node === null) return [];
  return [node, ...Object.values(node).flatMap(nodesOf)];
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
