import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { removeTree } from '../../src/kernel/remove-tree.js';
import { unpackInto } from '../../src/unpack/unpack.js';
import type { UnpackOptions } from '../../src/unpack/unpack-options.js';
import { tarOf, type RawEntry } from '../support/tar-builder.js';
import { tempDirs } from '../support/temp.js';
import { failsWith, inChunks, roomy } from '../support/work.js';

const tempDir = tempDirs();

async function unpack(archive: Buffer, options: Partial<UnpackOptions> = {}): Promise<string> {
  const dir = join(await tempDir(), 'target');
  await unpackInto(dir, inChunks(archive), { limits: roomy, archiveBytes: archive.length, ...options });
  return dir;
}

async function refused(archive: Buffer, options: Partial<UnpackOptions> = {}): Promise<unknown> {
  const parent = await tempDir();
  const failure = await unpackInto(join(parent, 'target'), inChunks(archive), {
    limits: roomy,
    archiveBytes: archive.length,
    ...options,
  }).catch((error: unknown) => error);
  expect(await readdir(parent)).toEqual([]); // nothing is left, and nothing was written beside it
  return failure;
}

const tar = tarOf(
  { path: 'sub/', type: '5', mode: 0o755 },
  { path: 'sub/a.sh', mode: 0o755, content: 'hello' },
  { path: 'b', content: 'there' },
);

describe('unpackInto', () => {
  it.each([
    ['.tar', tar], ['.tar.gz', gzipSync(tar)], ['.tar.lzo', execFileSync('lzop', ['-c'], { input: tar })],
    ['.tar.gz in two members', Buffer.concat([gzipSync(tar.subarray(0, 600)), gzipSync(tar.subarray(600))])],
  ])('knows %s by its content', async (_kind, archive) => {
    const dir = await unpack(archive);
    expect(await readFile(join(dir, 'sub/a.sh'), 'utf8')).toBe('hello');
    expect((await stat(join(dir, 'sub/a.sh'))).mode & 0o777).toBe(0o755);
    expect((await stat(join(dir, 'b'))).mode & 0o777).toBe(0o644);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a zip', Buffer.from('PK\x03\x04 something')],
    ['a .tar.zst', Buffer.from('28b52ffd00', 'hex')],
    ['text', Buffer.alloc(4_000, 'text ')],
    ['a .tar.gz that is cut off', gzipSync(tar).subarray(0, -30)],
    ['a .tar.gz with a wrong checksum', flipped(gzipSync(tar), -6)],
    ['a .tar.gz that lacks its checksum', gzipSync(tar).subarray(0, -8)],
    ['a .tar.lzo that is cut off', execFileSync('lzop', ['-c'], { input: tar }).subarray(0, -4)],
  ])('refuses %s', async (_what, archive) => {
    expect(await refused(archive)).toEqual(failsWith('bad_archive'));
  });

  it('takes away set-user-id, set-group-id and sticky bits', async () => {
    const dir = await unpack(tarOf({ path: 'd', type: '5', mode: 0o3777 }, { path: 'd/x', mode: 0o6755, content: '' }));
    expect((await stat(join(dir, 'd/x'))).mode & 0o7777).toBe(0o755);
    expect((await stat(join(dir, 'd'))).mode & 0o7777).toBe(0o777);
  });

  it('makes everything read-only where that is asked for, and can still be removed', async () => {
    const dir = await unpack(tar, { rights: 'shared' });
    expect((await stat(join(dir, 'sub/a.sh'))).mode & 0o777).toBe(0o555);
    expect((await stat(join(dir, 'sub'))).mode & 0o777).toBe(0o555);
    await removeTree(dir);
    expect(existsSync(dir)).toBe(false);
  });

  it('makes links that stay inside, and folders that the archive does not list', async () => {
    const dir = await unpack(
      tarOf(
        { path: 'pkg/cli.js', content: 'cli' },
        { path: '.bin/cli', type: '2', linkname: '../pkg/cli.js' },
        { path: 'hard', type: '1', linkname: './pkg/cli.js' },
      ),
    );
    expect(await readlink(join(dir, '.bin/cli'))).toBe('../pkg/cli.js');
    expect((await lstat(join(dir, 'hard'))).nlink).toBe(2);
  });

  it('lets a later entry take the place of an earlier one, even of a link', async () => {
    const dir = await unpack(
      tarOf(
        { path: 'real', content: 'untouched' },
        { path: 'x', type: '2', linkname: 'real' },
        { path: 'x', content: 'second' },
        { path: 'x', content: 'third' },
      ),
    );
    expect(await readFile(join(dir, 'x'), 'utf8')).toBe('third');
    expect(await readFile(join(dir, 'real'), 'utf8')).toBe('untouched');
  });
});

describe('an unsafe archive', () => {
  const cases: readonly [string, readonly RawEntry[]][] = [
    ['an absolute path', [{ path: '/tmp/pinky-escaped', content: 'x' }]],
    ['a path with ..', [{ path: 'a/../../escaped', content: 'x' }]],
    ['a link to an absolute path', [{ path: 'l', type: '2', linkname: '/etc' }]],
    ['a link upwards', [{ path: 'l', type: '2', linkname: '../escaped' }]],
    [
      'a file through a link',
      [
        { path: 'd', type: '5' },
        { path: 'l', type: '2', linkname: 'd' },
        { path: 'l/x', content: 'x' },
      ],
    ],
    [
      'a folder through a link',
      [
        { path: 'd', type: '5' },
        { path: 'l', type: '2', linkname: 'd' },
        { path: 'l/', type: '5' },
      ],
    ],
    [
      'a link that climbs from where another leads',
      [
        { path: 'a/b', type: '5' },
        { path: 'dot', type: '2', linkname: '.' },
        { path: 'a/b/l', type: '2', linkname: '../../dot/../escaped' },
      ],
    ],
    ['a hard link upwards', [{ path: 'h', type: '1', linkname: '../escaped' }]],
    ['a hard link to an absolute path', [{ path: 'h', type: '1', linkname: '/etc/hostname' }]],
    [
      'a hard link to a link, which would lead elsewhere from its new place',
      [
        { path: 'a/b/l', type: '2', linkname: '../../x' },
        { path: 'h', type: '1', linkname: 'a/b/l' },
      ],
    ],
    ['a hard link to what is not there', [{ path: 'h', type: '1', linkname: 'missing' }]],
    [
      'a hard link through a link',
      [
        { path: 'd/f', content: 'x' },
        { path: 'l', type: '2', linkname: 'd' },
        { path: 'h', type: '1', linkname: 'l/f' },
      ],
    ],
    ['a character device', [{ path: 'null', type: '3' }]],
    ['a block device', [{ path: 'sda', type: '4' }]],
    ['a FIFO', [{ path: 'fifo', type: '6' }]],
  ];

  it.each(cases)('is refused for %s, and nothing is left', async (_name, entries) => {
    expect(await refused(tarOf({ path: 'first', content: 'fine' }, ...entries))).toEqual(failsWith('unsafe_archive'));
  });

  it.each<[string, readonly RawEntry[]]>([
    [
      'a file in the place of a folder',
      [
        { path: 'd', type: '5' },
        { path: 'd', content: 'x' },
      ],
    ],
    [
      'a folder in the place of a file',
      [
        { path: 'f', content: 'x' },
        { path: 'f/g', content: 'y' },
      ],
    ],
    [
      'a file without a name',
      [
        { path: './', type: '0', content: '' },
        { path: '', content: 'x' },
      ],
    ],
    [
      'a name that no file system takes',
      [
        { path: `${'n'.repeat(99)}`, content: '' },
        { path: 'p', type: 'L', content: 'n'.repeat(300) },
        { path: 'short', content: 'x' },
      ],
    ],
  ])('is refused as damaged for %s', async (_name, entries) => {
    expect(await refused(tarOf(...entries))).toEqual(failsWith('bad_archive'));
  });
});

describe('limits', () => {
  const bomb = gzipSync(tarOf({ path: 'zeros', content: Buffer.alloc(80 * 1024 * 1024) }));

  it.each([
    [
      'bytes',
      tarOf({ path: 'a', content: 'x'.repeat(600) }, { path: 'b', content: 'y'.repeat(600) }),
      { ...roomy, maxBytes: 1_000 },
    ],
    ['promised bytes', tarOf({ path: 'a', size: 2 ** 32, content: 'x' }), { ...roomy, maxBytes: 2 ** 31 }],
    ['entries', tarOf({ path: 'a' }, { path: 'b' }, { path: 'c' }), { ...roomy, maxEntries: 2 }],
    ['ratio', bomb, { ...roomy, maxRatio: 100 }],
  ])('refuse too many %s', async (_name, archive, limits) => {
    expect(await refused(archive, { limits })).toEqual(failsWith('archive_too_large'));
  });

  it('leave a small archive of zeros alone', async () => {
    const archive = gzipSync(tarOf({ path: 'zeros', content: Buffer.alloc(4 * 1024 * 1024) }));
    await expect(unpack(archive, { limits: { ...roomy, maxRatio: 10 } })).resolves.toBeDefined();
  });
});

it('stops when it is cancelled, and leaves nothing', async () => {
  const cancel = new AbortController();
  expect(await refused(tar, { signal: cancel.signal, onBytes: () => cancel.abort() })).toEqual(failsWith('cancelled'));
});

it('leaves an existing folder alone', async () => {
  const dir = join(await tempDir(), 'target');
  await mkdir(dir);
  await writeFile(join(dir, 'keep'), 'x');
  await expect(unpackInto(dir, inChunks(tar), { limits: roomy, archiveBytes: 1 })).rejects.toThrow('EEXIST');
  expect(await readdir(dir)).toEqual(['keep']);
});

function flipped(bytes: Buffer, at: number): Buffer {
  const index = bytes.length + at;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return bytes;
}
