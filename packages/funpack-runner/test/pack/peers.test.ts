import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Duplex, Readable } from 'node:stream';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { backUp } from '../../src/backup/backup.js';
import { bytesOf } from '../../src/kernel/open-folder.js';
import { archiveEnd, encodeHead, type WrittenHead } from '../../src/tar/tar-writer.js';
import { entryHead } from '../support/tar-builder.js';
import { tempDirs } from '../support/temp.js';
import { testWork } from '../support/work.js';
import { world } from '../support/worlds.js';

const tempDir = tempDirs();

/** The words of npm's tar-stream 3 about an entry. It has no types of its own; the cast below follows its README. */
interface PeerEntry {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Date;
  readonly linkname: string | null;
  readonly pax?: Readonly<Record<string, string>> | null;
}
type Extract = () => Duplex & AsyncIterable<Readable & { readonly header: PeerEntry }>;
const { extract } = createRequire(__filename)('tar-stream') as { readonly extract: Extract };

/** The entries of an archive and their contents, as a reader of other people's sees them. */
async function asPeer(archive: Buffer): Promise<{ header: PeerEntry; content: string }[]> {
  const reader = extract();
  reader.end(archive);
  const found: { header: PeerEntry; content: string }[] = [];
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    found.push({ header: entry.header, content: Buffer.concat(chunks).toString() });
  }
  return found;
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 150 })
  .filter((name) => !/[\0/]/.test(name) && !name.startsWith(' '));

it('an archive of ours is read by tar-stream as it was meant', async () => {
  const head = fc.record({
    path: text,
    linkname: text,
    type: fc.constantFrom<WrittenHead['type']>('file', 'symlink', 'directory'),
    mode: fc.integer({ min: 0, max: 0o777 }),
    uid: fc.integer({ min: 0, max: 2 ** 31 }),
    gid: fc.integer({ min: 0, max: 2 ** 31 }),
    seconds: fc.integer({ min: 0, max: 2 ** 33 - 1 }),
  });
  await fc.assert(fc.asyncProperty(head, async ({ path, linkname, type, seconds, ...numbers }) => {
    const written = encodeHead(entryHead({
      ...numbers,
      type,
      path: bytesOf(path),
      linkname: type === 'symlink' ? bytesOf(linkname) : '',
      mtimeNs: BigInt(seconds) * 1_000_000_000n,
    }));
    const [entry] = await asPeer(Buffer.concat([written, archiveEnd()]));
    expect(entry?.header).toMatchObject({
      name: type === 'directory' ? `${path}/` : path,
      type,
      mode: numbers.mode,
      mtime: new Date(seconds * 1_000),
      ...(type === 'symlink' && { linkname }),
    });
    const idOf = (key: 'uid' | 'gid'): number => Number(entry?.header.pax?.[key] ?? entry?.header[key]);
    expect([idOf('uid'), idOf('gid')]).toEqual([numbers.uid, numbers.gid]);
  }), { numRuns: 60 });
});

it('a backup is listed by tar-stream with each name and content', async () => {
  const made = await world(await tempDir(), { 'größe/map': 'content', 'größe/empty': '', top: 'x'.repeat(70_000) });
  await mkdir(join(made.workingDir, 'hollow'));
  await symlink('größe/map', join(made.workingDir, 'link'));
  const { url } = await backUp(made.task, testWork());
  const entries = await asPeer(execFileSync('lzop', ['-dc', fileURLToPath(url)], { maxBuffer: 1 << 24 }));
  const rows = entries.map(({ header, content }) => [header.name, header.type, header.linkname ?? '', content.length]);
  expect(rows).toEqual([
    ['größe/', 'directory', '', 0],
    ['größe/empty', 'file', '', 0],
    ['größe/map', 'file', '', 7],
    ['hollow/', 'directory', '', 0],
    ['link', 'symlink', 'größe/map', 0],
    ['top', 'file', '', 70_000],
  ]);
});
