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
];

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

  it.each(pages.filter((page) => !page.startsWith('packages')))('%s begins no sentence with a fronted word', (page) => {
    expect(sentencesOf(readFileSync(join(root, page), 'utf8')).filter((one) => fronted.test(one))).toEqual([]);
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

/** Beginnings that make a reader turn the sentence round; a question may begin with who or what. */
const fronted = /^(?:Of|That of|Whoever|Who|What)\b[^?]*$/;

/** A page's sentences, cells of tables among them; without code, and without what is printed from the code. */
function sentencesOf(page: string): string[] {
  const prose = page
    .replaceAll(/<!-- (?:table|measured)[^]*?<!-- end of .*?-->/g, '')
    .replaceAll(/```[^]*?```/g, '')
    .replaceAll(/^\s*(?:[-*#]+|\d+\.)\s+/gm, '\n\n');
  return prose
    .split(/\n\n|\||(?<=[.!?:]\*{0,2})\s+/)
    .map((sentence) => sentence.replaceAll(/[*_]/g, '').replaceAll(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '');
}
