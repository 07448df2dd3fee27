import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadBundle } from '../src/bundle.js';

describe('a program in one file', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pinky-bundle-'));
    file = join(dir, 'program-bundle.cjs');
    writeFileSync(join(dir, 'beside.cjs'), 'module.exports = 7;');
    writeFileSync(file, 'exports.sum = (n) => n + require("./beside.cjs"); exports.places = [__filename, __dirname];');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const expectWhole = (): void => {
    const { sum, places } = loadBundle<{ sum: (n: number) => number; places: readonly string[] }>(file);
    expect([sum(1), ...places]).toEqual([8, file, dir]);
  };

  it('is loaded with what stands beside it, without code that was compiled before', () => expectWhole());

  it('is loaded with its code, and with code of another program or version, which is refused', () => {
    execFileSync(process.execPath, [resolve(__dirname, '../../../scripts/code-cache.mjs'), file, '--whole']);
    expectWhole();
    writeFileSync(`${file}.cache`, 'not code');
    expectWhole();
  });

  it('says what is missing', () => {
    expect(() => loadBundle(join(dir, 'no-bundle.cjs'))).toThrow(/ENOENT.*no-bundle\.cjs/);
  });
});
