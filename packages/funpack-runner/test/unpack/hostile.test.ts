import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '@pinky/protocol';
import { encodeHeader } from '../../src/lzop/header.js';
import { unpackInto } from '../../src/unpack/unpack.js';
import { entry, longEntry, many, packed, pax, plain } from '../support/hostile.js';
import { tempDirs } from '../support/temp.js';
import { inChunks } from '../support/work.js';

const tempDir = tempDirs();
/** The limits that a box has by default. */
const limits = { maxBytes: 16 * 2 ** 30, maxEntries: 1_000_000, maxRatio: 100 };
/** Each of these took minutes, or more than a gigabyte of memory, with a reader that believes what it reads. */
const mostCpuMs = 4_000;

const noise = (bytes: number): Buffer => {
  const blocks = many(Math.ceil(bytes / 32), (i) => createHash('sha256').update(String(i)).digest());
  return Buffer.concat(blocks).subarray(0, bytes);
};

async function read(archive: Buffer): Promise<{ code: string; files?: number }> {
  const dir = join(await tempDir(), 'target');
  const before = process.cpuUsage();
  try {
    const { files } = await unpackInto(dir, inChunks(archive), { limits, archiveBytes: archive.length });
    return { code: 'fine', files };
  } catch (failure) {
    expect(existsSync(dir)).toBe(false);
    return { code: (failure as { code: string }).code };
  } finally {
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(mostCpuMs);
  }
}

type Case = readonly [string, ErrorCode | 'fine', () => Buffer];
const cases: readonly Case[] = [
  ['one name of 60,000 parts', 'bad_archive', () => packed(longEntry(`${'a/'.repeat(60_000)}f`))],
  ['a link to 60,000 parts', 'bad_archive', () =>
    packed(pax([['linkpath', 'a/'.repeat(60_000)]]), entry('l', { type: '2' }))],
  ['a long name of GNU tar of 60,000 parts', 'bad_archive', () =>
    packed(entry('L', { type: 'L', content: 'a/'.repeat(60_000) }), entry('f'))],
  ['900 extended headers in a chain', 'bad_archive', () => plain(...many(900, () => pax([['path', 'a']])), entry('x'))],
  ['two long names', 'bad_archive', () => plain(...many(2, () => entry('L', { type: 'L', content: 'a' })), entry('x'))],
  ['a global header of 60,000 keys', 'fine', () => packed(
    pax(Array.from({ length: 60_000 }, (_, i) => [`k${i}`, 'v'] as const), 'g'),
    ...many(300, (i) => entry(`f${i}`)),
  )],
  ['a size of 0.1', 'bad_archive', () => plain(pax([['size', '0.1']]), entry('x'))],
  ['a size of 1e3', 'bad_archive', () => plain(pax([['size', '1e3']]), entry('x'))],
  ['a size below zero', 'bad_archive', () => plain(pax([['size', '-5']]), entry('x'))],
  ['a file of zeros', 'archive_too_large', () =>
    packed(...many(40, (i) => entry(`z${i}`, { content: Buffer.alloc(2 ** 20) })))],
  ['3,000 empty files', 'archive_too_large', () => packed(...many(3_000, (i) => entry(`f${i}`)))],
  ['3,000 times the same file', 'archive_too_large', () => packed(...many(3_000, () => entry('f')))],
  ['3,000 hard links', 'archive_too_large', () =>
    packed(entry('f'), ...many(3_000, (i) => entry(`h${i}`, { type: '1', linkname: 'f' })))],
  ['folders that lie 2,000 deep, again and again', 'archive_too_large', () =>
    packed(...many(4, (i) => longEntry(`${'ab'[i % 2]}/`.repeat(2_000) + String(i))))],
  ['one folder that lies 2,000 deep', 'archive_too_large', () => packed(longEntry(`${'a/'.repeat(2_000)}f`))],
  ['zeros behind its end', 'bad_archive', () => packed(entry('f'), Buffer.alloc(20 * 2 ** 20))],
  ['an unknown kind that is zeros', 'archive_too_large', () =>
    packed(entry('f'), entry('u', { type: 'Q', content: Buffer.alloc(60 * 2 ** 20) }))],
  ['extended headers of a megabyte each', 'archive_too_large', () =>
    packed(...many(40, (i) => Buffer.concat([pax([['comment', 'z'.repeat(1e6)]]), entry(`f${i}`)])))],
  ['an extended header that would fill the memory', 'bad_archive', () =>
    plain(entry('p', { type: 'x', size: 2 ** 30 }), noise(2_000))],
  ['links whose way is long', 'archive_too_large', () => packed(...many(40, (i) =>
    Buffer.concat([pax([['path', `l${i}`], ['linkpath', `${'a/../'.repeat(800)}x`]]), entry('l', { type: '2' })])))],
  ['a sparse file of too many parts', 'bad_archive', () => {
    const map = `100000\n${many(100_000, (i) => Buffer.from(`${i * 2}\n1\n`)).join('')}`;
    const records = [['GNU.sparse.major', '1'], ['GNU.sparse.minor', '0'], ['GNU.sparse.realsize', '200000']] as const;
    return packed(pax(records), entry('s', { content: map.padEnd(2 * 2 ** 20, '\0') }));
  }],
  ['sparse parts that overlap', 'bad_archive', () =>
    plain(pax([['GNU.sparse.map', '0,10,5,10'], ['GNU.sparse.size', '20']]), entry('s', { content: 'x'.repeat(20) }))],
  ['sparse parts behind the end', 'bad_archive', () =>
    plain(pax([['GNU.sparse.map', '100,10'], ['GNU.sparse.size', '20']]), entry('s', { content: 'x'.repeat(10) }))],
  ['more sparse parts than bytes', 'bad_archive', () =>
    plain(pax([['GNU.sparse.map', '0,20'], ['GNU.sparse.size', '20']]), entry('s', { content: 'x'.repeat(10) }))],
  ['a sparse file larger than any disk', 'archive_too_large', () =>
    plain(pax([['GNU.sparse.map', '0,1'], ['GNU.sparse.size', String(2 ** 52)]]), entry('s', { content: 'x' }))],
  ['too many attributes', 'bad_archive', () =>
    packed(pax(Array.from({ length: 2_000 }, (_, i) => [`SCHILY.xattr.user.${i}`, 'v'] as const)), entry('f'))],
  ['5,000 members of lzop', 'bad_archive', () => Buffer.concat(many(5_000, () =>
    Buffer.concat([encodeHeader(), Buffer.alloc(4)])))],
];

describe('an archive of at most a megabyte', () => {
  it.each(cases)('with %s is %s, soon', async (_what, code, archive) => {
    expect(await read(archive())).toMatchObject({ code });
  });

  it('may be whatever it is at any byte, without an endless loop', async () => {
    const whole = plain(pax([['path', 'p'], ['mtime', '1.5']]), entry('a', { content: 'x'.repeat(700) }), entry('b'));
    for (let at = 0; at < whole.length - 1024; at += 97) {
      const bytes = Buffer.from(whole);
      bytes[at] = ((bytes[at] ?? 0) + 1 + (at % 250)) & 0xff;
      expect(['fine', 'bad_archive', 'unsafe_archive']).toContain((await read(bytes)).code);
    }
  });
});
