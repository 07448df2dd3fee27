import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { homeInstance } from '../../src/owner/home-instance.js';

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-identity-')); });
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('is made once, whole, and only for us to read', () => {
  const first = homeInstance(dir);
  expect(homeInstance(dir)).toEqual(first);
  expect(first).toMatchObject({ host: hostname(), identity: readFileSync(boxPaths(dir).identity, 'utf8').trim() });
  expect(statSync(boxPaths(dir).identity).mode & 0o777).toBe(0o600);
});

it('tells a copy of the home from the home, which has the same identity', () => {
  const first = homeInstance(dir);
  const copy = `${dir}-copy`;
  cpSync(dir, copy, { recursive: true });
  try {
    const second = homeInstance(copy);
    expect(second.identity).toBe(first.identity);
    expect(second.place).not.toBe(first.place);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

it('refuses a damaged identity, by the file\'s name', () => {
  writeFileSync(boxPaths(dir).identity, 'half an iden');
  expect(() => homeInstance(dir)).toThrow(boxPaths(dir).identity);
});
