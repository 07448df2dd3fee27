import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@pinky/protocol';
import { ConsoleArchive, historyEnd } from '../../src/console/archive.js';
import { tempDir } from '../temp.js';

const run = '1700000000000-abcd';
const mebibyte = 1024 * 1024;

describe('ConsoleArchive', () => {
  const dir = tempDir();
  const paths = () => ({
    console: join(dir(), 'console'),
    logDir: join(dir(), 'log'),
    keptDir: join(dir(), 'kept'),
    run,
    keptBytes: () => 64 * mebibyte,
    log: silentLogger,
  });
  const history = (): Buffer =>
    Buffer.concat(
      readdirSync(join(dir(), 'log'))
        .filter((name) => name.endsWith('.log'))
        .toSorted()
        .map((name) => readFileSync(join(dir(), 'log', name))),
    );
  const bytes = (size: number, seed = 1): Buffer =>
    Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed + (i >> 8)) & 0xff));

  it('keeps every byte, in the history or in the console', () => {
    const all = bytes(7 * mebibyte + 12_345);
    writeFileSync(paths().console, all);
    const archive = new ConsoleArchive(paths());
    archive.archive(2 * mebibyte + 7);
    archive.archive(2 * mebibyte + 8);
    archive.archive(all.length);
    expect(Buffer.concat([history(), all.subarray(historyEnd(paths().logDir, run))]).equals(all)).toBe(true);
    archive.archive(all.length, true);
    expect(history().equals(all)).toBe(true);
  });

  it('goes on if a worker died between copying and renaming', () => {
    const all = bytes(3 * mebibyte);
    writeFileSync(paths().console, all);
    new ConsoleArchive(paths()).archive(mebibyte + 5);
    mkdirSync(paths().logDir, { recursive: true });
    writeFileSync(join(paths().logDir, `${run}.${String(mebibyte + 5).padStart(12, '0')}.log.tmp`), 'half');
    const successor = new ConsoleArchive(paths());
    successor.archive(all.length, true);
    new ConsoleArchive(paths()).archive(all.length, true);
    expect(history().equals(all)).toBe(true);
  });

  it('does not write again what went into the history of a server that was stopped', () => {
    const all = bytes(2 * mebibyte);
    writeFileSync(paths().console, all);
    new ConsoleArchive(paths()).archive(all.length, true);
    renameSync(paths().logDir, paths().keptDir);
    writeFileSync(paths().console, Buffer.alloc(all.length)); // punched
    new ConsoleArchive(paths()).archive(all.length, true); // the next worker, before all is published
    expect(readdirSync(paths().logDir)).toEqual([]);
  });

  it('gives archived and published ranges back to the file system, and nothing else', async () => {
    const all = bytes(9 * mebibyte);
    writeFileSync(paths().console, all);
    const archive = new ConsoleArchive(paths());
    expect(archive.punchable(all.length)).toBeUndefined();
    archive.archive(6 * mebibyte);
    expect(archive.punchable(3 * mebibyte)).toBeUndefined();
    const end = archive.punchable(5 * mebibyte) ?? 0;
    expect(end).toBe(5 * mebibyte);
    const before = statSync(paths().console).blocks;
    await archive.punch(end);
    const after = readFileSync(paths().console);
    expect(after.length).toBe(all.length);
    expect(after.subarray(end).equals(all.subarray(end))).toBe(true);
    expect(statSync(paths().console).blocks).toBeLessThan(before);
    expect(history().subarray(0, end).equals(all.subarray(0, end))).toBe(true);
  });

  it.each([
    [14, 4],
    [4, 1],
    [0, 1],
    [1_000, 26],
  ])('keeps the newest segments within %i bytes, the last one in any case', (keptBytes, kept) => {
    mkdirSync(paths().logDir);
    for (let i = 0; i < 25; i++)
      writeFileSync(join(paths().logDir, `16000000000${String(i).padStart(2, '0')}-abcd.000000000000.log`), 'old');
    writeFileSync(paths().console, 'new\n');
    new ConsoleArchive({ ...paths(), keptBytes: () => keptBytes }).archive(4, true);
    expect(readdirSync(paths().logDir)).toHaveLength(kept);
    expect(readdirSync(paths().logDir)).toContain(`${run}.000000000000.log`);
  });

  it('leaves the console alone if the history cannot be written, and tries again later', () => {
    const all = bytes(2 * mebibyte);
    writeFileSync(paths().console, all);
    writeFileSync(paths().logDir, 'a file where the folder should be');
    const archive = new ConsoleArchive(paths());
    archive.archive(all.length);
    expect(archive.punchable(all.length)).toBeUndefined();
    truncateSync(paths().logDir);
    appendFileSync(paths().console, all);
    expect(() => archive.archive(2 * all.length)).not.toThrow();
  });
});
