import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');
const separator = String.raw`(?:\\n *|, ?)`;
const pool = new RegExp(String.raw`first: ?([\d_]+)${separator}step: ?(\d+)${separator}count: ?(\d+)`, 'g');
const definedBox = /new DefinedBox\(([\d_]+)(?:, (\d+))?/g;
const numberOf = (text: string | undefined): number => Number(text?.replaceAll('_', ''));

/** The ports of the boxes in one file of tests. */
function portsIn(text: string): readonly number[] {
  const pools = [...text.matchAll(pool)].map(([, first, step, count]) => ({ first, step, count }));
  const boxes = [...text.matchAll(definedBox)].map(([, first, count = '20']) => ({ first, step: '1', count }));
  return [...pools, ...boxes].flatMap(({ first, step, count }) =>
    Array.from({ length: numberOf(count) }, (_, nth) => numberOf(first) + nth * numberOf(step)));
}

it('no two files of tests, which run at the same time, give their boxes the same ports', () => {
  const files = execFileSync('git', ['ls-files', 'test/*.test.ts'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  const users = new Map<number, string>();
  const taken = (file: string) => (port: number): readonly string[] => {
    const other = users.get(port);
    users.set(port, file);
    return other === undefined ? [] : [`${port}: ${other}, ${file}`];
  };
  const shared = files.flatMap((file) =>
    [...new Set(portsIn(readFileSync(join(root, file), 'utf8')))].flatMap(taken(file)));
  expect(users.size).toBeGreaterThan(200);
  expect(shared).toEqual([]);
});
