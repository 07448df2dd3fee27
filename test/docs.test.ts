import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { docTables, withTables } from '@pinky/cli';
import { houseDiagram } from '../scripts/lib/house.cjs';

const root = resolve(__dirname, '..');
const tables = { ...docTables, house: () => houseDiagram(root) };
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...readdirSync(join(root, 'packages'))
    .map((name) => join('packages', name, 'README.md'))
    .filter((page) => existsSync(join(root, page))),
  'trials/README.md',
  'bench/drivers/README.md',
];
const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));

describe('the documentation', () => {
  it.each(pages)('%s has the tables that the code has (scripts/tables prints them)', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    expect(withTables(text, tables)).toBe(text);
  });

  it.each(pages)('%s links to pages that exist', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !existsSync(resolve(root, dirname(page), target)))).toEqual([]);
  });

  it.each(pages)('%s names paths that exist', (page) => {
    const places = [root, join(root, dirname(page)), ...packages];
    const isThere = (path: string): boolean => places.some((place) => existsSync(join(place, path)));
    expect(pathsNamedIn(readFileSync(join(root, page), 'utf8')).filter((path) => !isThere(path))).toEqual([]);
  });

  it('shows every picture that scripts/pictures makes, and no other', () => {
    const script = "import { scenes } from './trials/pictures/scenes.mjs'; console.log(JSON.stringify(scenes))";
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' });
    const made = Object.keys(JSON.parse(said)).map((name) => `${name}.png`).toSorted();
    expect(readdirSync(join(root, 'docs/pictures')).toSorted()).toEqual(made);
    const web = readFileSync(join(root, 'docs/web.md'), 'utf8');
    const shown = [...web.matchAll(/\]\(pictures\/([^)]+)\)/g)].map(([, name = '']) => name);
    expect(shown.toSorted()).toEqual(made);
  });

  it.each(packages)('%s says what each of its folders is for', (dir) => {
    const readme = join(dir, 'README.md');
    const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
    const folders = readdirSync(join(dir, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });

  it('lists every request that the supervisor answers', () => {
    const source = readFileSync(join(root, 'packages/box/src/supervise/box-requests.ts'), 'utf8');
    const methods = [...source.matchAll(/case '(\w+)':/g)].map(([, method = '']) => method);
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    const row = /^\| `supervisor\.sock` \|.*$/m.exec(page)?.[0] ?? '';
    expect(methods).toContain('ps');
    expect(methods.filter((method) => !row.includes(`\`${method}\``))).toEqual([]);
  });

  it('uses every table that is printed from code', () => {
    const used = new Set(
      pages.flatMap((page) =>
        [...readFileSync(join(root, page), 'utf8').matchAll(/<!-- table: ([a-z-]+) -->/g)].map(([, name]) => name),
      ),
    );
    expect(Object.keys(tables).filter((name) => !used.has(name))).toEqual([]);
  });
});

/**
 * The paths of this repository that a page names outside of its links, in prose or in code. Compiled files are not
 * looked for.
 */
function pathsNamedIn(page: string): string[] {
  const folders = 'packages|bench|trials|scripts|test|src|docs';
  const named = page.matchAll(new RegExp(String.raw`(?<![\w./$~<>-])(?:\./)?((?:${folders})/[\w./-]*\w)`, 'g'));
  return [...named].map(([, path = '']) => path).filter((path) => !path.includes('/dist/'));
}
