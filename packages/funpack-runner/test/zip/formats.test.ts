import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '@pinky/protocol';
import { restore } from '../../src/backup/restore.js';
import { tarOf } from '../support/tar-builder.js';
import { tempDirs } from '../support/temp.js';
import { failsWith, roomy, testWork } from '../support/work.js';
import { zipOf, type RawZipEntry } from '../support/zip-builder.js';

const tempDir = tempDirs();
const script = 'hello '.repeat(100_000);
const tar = tarOf({ path: 'sub/a.sh', mode: 0o755, content: script }, { path: 'b', content: 'there' });

/** Restores an archive as a world, and answers the folder. Its name says nothing of its kind. */
async function restored(archive: Buffer, limits = roomy): Promise<string> {
  const dir = await tempDir();
  await writeFile(join(dir, 'archive'), archive);
  const task = { type: 'restore' as const, source: { url: join(dir, 'archive') }, limits, allowedHosts: [] };
  await restore({ ...task, into: join(dir, 'world') }, testWork());
  return join(dir, 'world');
}

describe('an archive of any kind', () => {
  it.each([
    ['.tar.zst', () => execFileSync('zstd', ['-qc'], { input: tar })],
    ['.tar.bz2', () => execFileSync('bzip2', ['-c'], { input: tar })],
    ['.tar.zst without the end of its tar', () => execFileSync('zstd', ['-qc'], { input: tar.subarray(0, -1_024) })],
    ['.zip', () => zipOf(
      { name: 'sub/' }, { name: 'sub/a.sh', mode: 0o100755, content: script },
      { name: 'b', content: 'there', isDeflated: false },
    )],
  ])('is known by its content: %s', async (_kind, archive) => {
    const dir = await restored(archive());
    expect(await readFile(join(dir, 'sub/a.sh'), 'utf8')).toBe(script);
    expect((await stat(join(dir, 'sub/a.sh'))).mode & 0o777).toBe(0o755);
    expect(await readFile(join(dir, 'b'), 'utf8')).toBe('there');
  });

  it.each([
    ['a .tar.zst that is cut off', () => execFileSync('zstd', ['-qc'], { input: tar }).subarray(0, -10)],
    ['a .tar.bz2 that is cut off', () => execFileSync('bzip2', ['-c'], { input: tar }).subarray(0, -10)],
    ['a .tar.zst of something else', () => execFileSync('zstd', ['-qc'], { input: 'text '.repeat(1_000) })],
    ['a .zip that is cut off', () => zipOf({ name: 'a', content: 'x' }).subarray(0, -10)],
  ])('is refused as %s', async (_what, archive) => {
    await expect(restored(archive())).rejects.toEqual(failsWith('bad_archive'));
  });

  it('needs the program that unpacks it, and says so', async () => {
    const path = process.env['PATH'];
    const archive = execFileSync('zstd', ['-qc'], { input: tar });
    process.env['PATH'] = '/nowhere';
    try {
      await expect(restored(archive)).rejects.toEqual(failsWith('missing_program'));
    } finally {
      process.env['PATH'] = path;
    }
  });
});

describe('a .zip archive', () => {
  it('keeps links that stay inside, times, and names that are not ASCII', async () => {
    const dir = await restored(zipOf(
      { name: 'größe/map', content: 'm' },
      { name: 'link', content: 'größe/map', mode: 0o120777 },
    ));
    expect(await readFile(join(dir, 'größe/map'), 'utf8')).toBe('m');
    expect(await readlink(join(dir, 'link'))).toBe('größe/map');
    expect((await stat(join(dir, 'größe/map'))).mtime).toEqual(new Date(2025, 0, 1, 12, 0, 0));
  });

  it.each<[string, ErrorCode, readonly RawZipEntry[]]>([
    ['a wrong checksum', 'bad_archive', [{ name: 'a', content: 'x', crc: 1 }]],
    ['more than it says', 'bad_archive', [{ name: 'a', content: 'x'.repeat(100), size: 10 }]],
    ['less than it says', 'bad_archive', [{ name: 'a', content: 'x', size: 10 }]],
    ['an encrypted file', 'bad_archive', [{ name: 'a', content: 'x', flags: 1 }]],
    ['an absolute path', 'unsafe_archive', [{ name: '/a', content: 'x' }]],
    ['a way out', 'unsafe_archive', [{ name: '../a', content: 'x' }]],
    ['a link that leads out', 'unsafe_archive', [{ name: 'l', content: '/etc', mode: 0o120777 }]],
    ['a bomb', 'archive_too_large', [{ name: 'a', content: '\0'.repeat(40 * 2 ** 20) }]],
  ])('with %s is refused', async (_what, code, entries) => {
    await expect(restored(zipOf(...entries), { ...roomy, maxRatio: 100 })).rejects.toEqual(failsWith(code));
  });
});

it('a world whose folders may not be written is removed all the same', async () => {
  const dir = await restored(tarOf({ path: 'closed', type: '5', mode: 0o555 }, { path: 'closed/x', content: 'x' }));
  expect((await stat(join(dir, 'closed'))).mode & 0o777).toBe(0o555);
  await mkdir(join(dir, 'inner'));
  await chmod(join(dir, 'inner'), 0);
});
