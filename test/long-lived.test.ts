import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const packages = resolve(__dirname, '../packages');
/** The texts of the programs of all packages in this one of their folders. */
const textsOf = (folder: 'src' | 'test', suffix: string): string[] =>
  readdirSync(packages).flatMap((name) => {
    const dir = join(packages, name, folder);
    const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(suffix));
    return files.map((file) => readFileSync(join(dir, file), 'utf8'));
  });

it('is a part that the contract of start and stop was checked with, whatever says that it keeps it', () => {
  const parts = textsOf('src', '.ts').flatMap((text) =>
    [...text.matchAll(/^export class (\w+)(?:<[^{]*>)? .*\bimplements\b.*\bLongLived\b/gm)].map(([, name]) => name));
  const tests = textsOf('test', '.test.ts').filter((text) => text.includes('startStopContract('));
  const isChecked = (name = ''): boolean => tests.some((text) => text.includes(`new ${name}(`));
  expect(parts.length).toBeGreaterThan(20);
  expect(parts.filter((name) => !isChecked(name))).toEqual([]);
});
