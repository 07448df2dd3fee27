import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { docTables, withTables } from '@pinky/cli';

const root = resolve(__dirname, '..');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...readdirSync(join(root, 'packages'))
    .map((name) => join('packages', name, 'README.md'))
    .filter((page) => existsSync(join(root, page))),
];

describe('the documentation', () => {
  it.each(pages)('%s has the tables that the code has (scripts/tables prints them)', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    expect(withTables(text, docTables)).toBe(text);
  });

  it.each(pages)('%s links to pages that exist', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !existsSync(resolve(root, dirname(page), target)))).toEqual([]);
  });

  it('has every table that can be printed', () => {
    const used = new Set(
      pages.flatMap((page) =>
        [...readFileSync(join(root, page), 'utf8').matchAll(/<!-- table: ([a-z-]+) -->/g)].map(([, name]) => name),
      ),
    );
    expect(Object.keys(docTables).filter((name) => !used.has(name))).toEqual([]);
  });
});
