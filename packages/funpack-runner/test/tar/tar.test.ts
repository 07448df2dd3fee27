import { execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { bytesOf, textOf } from '../../src/kernel/open-folder.js';
import { parsePax, paxRecord, paxTime, timeText } from '../../src/tar/pax.js';
import { readTar } from '../../src/tar/tar-reader.js';
import { archiveEnd, encodeHead } from '../../src/tar/tar-writer.js';
import { entryHead, rawEntry, tarOf } from '../support/tar-builder.js';
import { tempDirs, writeFiles } from '../support/temp.js';
import { collect, failsWith, inChunks } from '../support/work.js';

const tempDir = tempDirs();

interface Listed {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

async function list(archive: Buffer, chunk?: number): Promise<Listed[]> {
  const listed: Listed[] = [];
  for await (const { path, type, linkname, content } of readTar(inChunks(archive, chunk))) {
    listed.push({
      path: textOf(path),
      type,
      text: type === 'symlink' || type === 'hardlink' ? textOf(linkname) : (await collect(content)).toString(),
    });
  }
  return listed;
}

const long = `${'very-long-name-'.repeat(12)}ü`;

describe('archives of GNU tar', () => {
  it.each(['gnu', 'posix', 'oldgnu'])('are read in the format %s, with long and foreign names', async (format) => {
    const dir = await writeFiles(await tempDir(), {
      'a.txt': 'alpha',
      [`sub/${long}`]: 'long',
      'sub/größe 名前': 'wide',
      empty: '',
    });
    await symlink(long, join(dir, 'sub', 'link'));
    const archive = execFileSync('tar', ['c', `--format=${format}`, '--sort=name', '-C', dir, '.'], {
      maxBuffer: 1 << 26,
    });
    expect(await list(archive, 777)).toEqual([
      { path: './', type: 'directory', text: '' },
      { path: './a.txt', type: 'file', text: 'alpha' },
      { path: './empty', type: 'file', text: '' },
      { path: './sub/', type: 'directory', text: '' },
      { path: './sub/größe 名前', type: 'file', text: 'wide' },
      { path: './sub/link', type: 'symlink', text: long },
      { path: `./sub/${long}`, type: 'file', text: 'long' },
    ]);
  });

  it('are read in the formats v7 and ustar, with a name in two parts', async () => {
    const deep = `${'d'.repeat(90)}/${'e'.repeat(90)}`;
    const dir = await writeFiles(await tempDir(), { [deep]: 'deep', plain: 'plain' });
    const archive = (format: string, path: string): Buffer =>
      execFileSync('tar', ['c', `--format=${format}`, '-C', dir, path]);
    expect(await list(archive('ustar', deep))).toEqual([{ path: deep, type: 'file', text: 'deep' }]);
    expect(await list(archive('v7', 'plain'))).toEqual([{ path: 'plain', type: 'file', text: 'plain' }]);
  });
});

describe('archives of ours', () => {
  it('are unpacked by GNU tar as they were meant', async () => {
    const dir = await tempDir();
    const heads = [
      encodeHead(entryHead({ type: 'directory', path: 'sub', mode: 0o750 })),
      encodeHead(entryHead({ path: bytesOf(`sub/${long}`), mode: 0o751, size: 3 })),
      Buffer.from('abc'),
      Buffer.alloc(509),
      encodeHead(entryHead({ type: 'symlink', path: 'sub/link', mode: 0o777, linkname: bytesOf(long) })),
      archiveEnd(),
    ];
    execFileSync('tar', ['x', '-C', dir], { input: Buffer.concat(heads) });
    const found = execFileSync('find', ['.', '-printf', '%p %y %m %s %l\n'], { cwd: dir })
      .toString()
      .split('\n')
      .sort();
    expect(found).toEqual(
      expect.arrayContaining([
        './sub d 750 ' + found.find((line) => line.startsWith('./sub d'))?.split(' ')[3] + ' ',
        `./sub/${long} f 751 3 `,
      ]),
    );
    expect(execFileSync('readlink', [join(dir, 'sub', 'link')]).toString().trim()).toBe(long);
  });

  it('hold sizes that octal digits cannot hold', async () => {
    const size = 9 * 2 ** 30;
    const heads = encodeHead(entryHead({ path: 'huge', size }));
    const iterator = readTar(inChunks(heads))[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ path: 'huge', size });
    await iterator.return?.(undefined);
  });

  it('keep any name', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
      .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..');
    await fc.assert(fc.asyncProperty(name, async (path) => {
      expect(
        await list(Buffer.concat([encodeHead(entryHead({ path: bytesOf(path) })), archiveEnd()])),
      ).toEqual([{ path, type: 'file', text: '' }]);
    }));
  });
});

describe('pax records', () => {
  it('are read as they were written', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (value) => {
      expect(parsePax(paxRecord('path', bytesOf(value))).values).toEqual(new Map([['path', bytesOf(value)]]));
    }));
  });

  it('hold times in nanoseconds, also before 1970', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }), (nanos) => {
      expect(paxTime(timeText(nanos))).toBe(nanos);
    }));
    expect([timeText(-1_500_000_000n), timeText(1_000_000_000n)]).toEqual(['-1.5', '1']);
    expect([paxTime('1e9'), paxTime('0x1'), paxTime('')]).toEqual([undefined, undefined, undefined]);
  });

  it('keep only what means something, so that no header fills the memory', () => {
    const records = ['ctime', 'atime', 'SCHILY.dev', 'SCHILY.xattr.user.x'].map((key) => paxRecord(key, '1'));
    expect(parsePax(Buffer.concat(records), true).values.size).toBe(0);
    expect([...parsePax(Buffer.concat(records)).values]).toEqual([['SCHILY.xattr.user.x', '1']]);
  });

  it.each(['5 a=b', '0 a=b\n', '999 a=b\n', 'x a=b\n', '6 abc\n', '-6 a=b\n', ''.padStart(30, '9') + ' a=b\n'])(
    'are refused when they are %j',
    (text) => {
      expect(() => parsePax(Buffer.from(text))).toThrow(failsWith('bad_archive'));
    },
  );
});

describe('a damaged tar', () => {
  const archive = tarOf({ path: 'a', content: 'x'.repeat(1_500) }, { path: 'b', content: 'y' });

  it('is refused wherever it is cut off', async () => {
    for (let length = 0; length < archive.length - 1024; length += 64) {
      await expect(list(archive.subarray(0, length))).rejects.toEqual(failsWith('bad_archive'));
    }
  });

  it.each([
    ['a header that was changed', Buffer.concat([Buffer.from('z'), archive.subarray(1)])],
    [
      'an extended header that would fill the memory',
      Buffer.concat([rawEntry({ path: 'p', type: 'x', size: 2 ** 30 }), Buffer.alloc(10_000)]),
    ],
  ])('is refused for %s', async (_name, bytes) => {
    await expect(list(bytes)).rejects.toEqual(failsWith('bad_archive'));
  });

  it('that is noise is always an error', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ minLength: 512, maxLength: 4_000 }), async (noise) => {
      noise[0] = 1;
      await expect(list(Buffer.from(noise))).rejects.toEqual(failsWith('bad_archive'));
    }), { numRuns: 50 });
  });
});

it('skips the unread rest of an entry', async () => {
  const paths: string[] = [];
  for await (const entry of readTar(
    inChunks(tarOf({ path: 'a', content: 'x'.repeat(3_000) }, { path: 'b', content: 'y' }), 100),
  ))
    paths.push(entry.path);
  expect(paths).toEqual(['a', 'b']);
});

it('reads times before 1970', async () => {
  const dir = await tempDir();
  execFileSync('touch', ['-d', '@-1000', join(dir, 'x')]);
  const archive = execFileSync('tar', ['c', '--format=gnu', '-C', dir, 'x']);
  for await (const entry of readTar(inChunks(archive))) expect(entry.mtimeNs).toBe(-1_000_000_000_000n);
});
