import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootId } from '../../src/adopt/process-identity.js';
import { placeOf } from '../../src/adopt/place.js';

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-place-')); });
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('stays under another name, and is another one for a copy', () => {
  const [home, renamed, copy] = ['home', 'renamed', 'copy'].map((name) => join(dir, name)) as [string, string, string];
  mkdirSync(home);
  const place = placeOf(home);
  expect(place).toMatchObject({ bootId: bootId(), pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/) });
  renameSync(home, renamed);
  expect(placeOf(renamed)).toEqual(place);
  cpSync(renamed, copy, { recursive: true });
  expect(placeOf(copy)).toEqual({ ...place, file: expect.not.stringMatching(new RegExp(`^${place.file}$`)) });
});
