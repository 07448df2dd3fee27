import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeGuise } from '../../src/index.js';

it('leaves no draft of a file that cannot take its place', () => {
  const dir = mkdtempSync(join(tmpdir(), 'jail-guise-'));
  mkdirSync(join(dir, 'passwd', 'in the way'), { recursive: true });
  const isolation = { kind: 'user', user: { uid: 70_000, gid: 70_000 }, hasNamespaces: false } as const;
  expect(() => writeGuise(isolation, { dir, writable: [dir], readable: [] })).toThrow(/EISDIR|ENOTEMPTY/);
  expect(existsSync(join(dir, 'passwd.new'))).toBe(false);
  rmSync(dir, { recursive: true });
});
