import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backUp } from '../../src/backup/backup.js';
import { backupDir } from '../../src/catalogue/backup-names.js';
import { readNote, writeNote } from '../../src/catalogue/backup-note.js';
import { verifyAndNote, verifyBackup } from '../../src/catalogue/verify.js';
import { dataRanges } from '../../src/kernel/holes.js';
import { KeyRing } from '../../src/seal/key-ring.js';
import { makeBackup, manifestOf, type Piece } from '../support/made-backups.js';
import { tempDirs } from '../support/temp.js';
import { failsWith, testWork } from '../support/work.js';
import { world } from '../support/worlds.js';

const tempDir = tempDirs();
const full: readonly Piece[] = [
  { path: 'world', type: 'directory', mode: 0o755 },
  { path: 'world/map', content: 'map one' },
  { path: 'world/gone', content: 'soon gone' },
  { path: 'world/\xe9\xff', content: Buffer.alloc(300_000, 'x') },
  { path: 'world/link', type: 'symlink', linkname: 'map' },
  { path: 'world/other', type: 'hardlink', linkname: 'world/map' },
];
const later: readonly Piece[] = [
  { path: 'world', type: 'directory', mode: 0o755 },
  { path: 'world/map', content: 'map two' },
  { path: 'world/\xe9\xff', content: Buffer.alloc(300_000, 'x'), inBase: true },
];

async function twoBackups() {
  const dir = await tempDir();
  const base = makeBackup(dir, full, { seconds: 100 });
  return { dir, base, increment: makeBackup(dir, later, { seconds: 200, base }) };
}

describe('verifying a backup', () => {
  it('reads a full one and an incremental one with its base', async () => {
    const { base, increment } = await twoBackups();
    expect(await verifyBackup(base.path, testWork())).toEqual({ files: 3, bytes: 300_016 });
    expect(await verifyBackup(increment.path, testWork())).toEqual({ files: 2, bytes: 300_007 });
  });

  it.each<[string, string, readonly Piece[]]>([
    ['checksum_mismatch', 'a content is another', full.map((piece) =>
      piece.path === 'world/map' ? { ...piece, content: 'map two' } : piece)],
    ['checksum_mismatch', 'a link leads elsewhere', full.map((piece) =>
      piece.type === 'symlink' ? { ...piece, linkname: 'elsewhere' } : piece)],
    ['checksum_mismatch', 'a file is a folder', full.map((piece) =>
      piece.path === 'world/gone' ? { path: piece.path, type: 'directory' } : piece)],
    ['bad_archive', 'a path is not in it', [...full, { path: 'world/more', content: '' }]],
    ['bad_archive', 'it holds a path that is not listed', full.filter(({ path }) => path !== 'world/gone')],
  ])('fails with %s where %s', async (code, _what, listed) => {
    const dir = await tempDir();
    const made = makeBackup(dir, full, { seconds: 100, listed });
    await expect(verifyBackup(made.path, testWork())).rejects.toEqual(failsWith(code as 'bad_archive'));
  });

  it('names what is wrong, and the archive', async () => {
    const dir = await tempDir();
    const made = makeBackup(dir, full, { seconds: 100, listed: [...full, { path: 'world/\xc3\xa9', content: '' }] });
    const lacking = `${made.path}: "world/é" of its manifest is not`;
    await expect(verifyBackup(made.path, testWork())).rejects.toThrow(lacking);
  });

  it('takes the last of two entries and of two lines', async () => {
    const dir = await tempDir();
    const again = [...full, { path: 'world/map', content: 'map 1.5' }];
    expect(await verifyBackup(makeBackup(dir, again, { seconds: 100 }).path, testWork())).toMatchObject({ files: 4 });
    const wrong = makeBackup(dir, again, { seconds: 101, listed: full });
    await expect(verifyBackup(wrong.path, testWork())).rejects.toEqual(failsWith('checksum_mismatch'));
  });

  it('hashes the parts of a file with holes after their places, in a backup that Pinky writes itself', async () => {
    const dir = await tempDir();
    const { task, workingDir } = await world(dir, { map: 'x' });
    truncateSync(join(workingDir, 'map'), 5_000_000);
    const fd = openSync(join(workingDir, 'map'), 'r+');
    writeSync(fd, 'y', 3_000_000);
    const content = readFileSync(join(workingDir, 'map'));
    const hash = createHash('sha256');
    for (const { offset, length } of dataRanges(fd, content.length))
      hash.update(`${offset}+${length}\n`).update(content.subarray(offset, offset + length));
    closeSync(fd);
    const path = fileURLToPath((await backUp(task, testWork())).url);
    const listed = { path: 'map', content, hash: hash.digest('hex') };
    const counts = { files: 1, bytes: content.length };
    const end = { end: 1, version: 1, archive: '', kind: 'full', startedAt: 0, ...counts } as const;
    writeFileSync(join(dirname(path), 's1.1700000000.manifest.gz'), manifestOf([listed], end));
    expect(await verifyBackup(path, testWork())).toEqual({ files: 1, bytes: 5_000_000 });
    writeFileSync(join(dirname(path), 's1.1700000000.manifest.gz'), manifestOf([{ path: 'map', content }], end));
    await expect(verifyBackup(path, testWork())).rejects.toEqual(failsWith('checksum_mismatch'));
  });

  it('reads a full backup of an older version by its own checksums', async () => {
    const dir = await tempDir();
    const { task } = await world(dir, { a: 'aaa', b: 'bb' });
    const path = fileURLToPath((await backUp(task, testWork())).url);
    rmSync(join(dirname(path), 's1.1700000000.manifest.gz'), { force: true });
    expect(await verifyBackup(path, testWork())).toEqual({ files: 2, bytes: 5 });
    const bytes = readFileSync(path);
    bytes[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 0xff;
    writeFileSync(path, bytes);
    await expect(verifyBackup(path, testWork())).rejects.toEqual(failsWith('bad_archive'));
  });

  it('is ended by its signal', async () => {
    const { increment } = await twoBackups();
    const signal = AbortSignal.abort();
    await expect(verifyBackup(increment.path, testWork({ signal }))).rejects.toEqual(failsWith('cancelled'));
  });
});

describe('an incremental backup', () => {
  it.each([
    ['no_base', 'without its base', ({ base }) => rmSync(base.path)],
    ['no_base', 'beside another archive of the base\'s name', ({ base, increment }) =>
      copyFileSync(increment.path, base.path)],
    ['bad_archive', 'without its manifest', ({ dir }) => rmSync(join(backupDir(dir, 's1'), 's1.200.manifest.gz'))],
    ['bad_archive', 'with a manifest that was cut short', ({ dir }) =>
      writeFileSync(join(backupDir(dir, 's1'), 's1.200.manifest.gz'), manifestOf(later))],
    ['bad_archive', 'with a manifest that is no gzip', ({ dir }) =>
      writeFileSync(join(backupDir(dir, 's1'), 's1.200.manifest.gz'), 'x')],
  ] as [string, string, (made: Awaited<ReturnType<typeof twoBackups>>) => void][])(
    'fails with %s %s', async (code, _what, spoil) => {
      const made = await twoBackups();
      spoil(made);
      await expect(verifyBackup(made.increment.path, testWork())).rejects.toEqual(failsWith(code as 'no_base'));
    },
  );

  it('finds its base in .bases, where an older version removed the other name', async () => {
    const { dir, base, increment } = await twoBackups();
    mkdirSync(join(backupDir(dir, 's1'), '.bases'));
    linkSync(base.path, join(backupDir(dir, 's1'), '.bases', base.name));
    rmSync(base.path);
    expect(await verifyBackup(increment.path, testWork())).toMatchObject({ files: 2 });
  });

  it('finds its manifest by the name in it where the archive was renamed', async () => {
    const { increment } = await twoBackups();
    const renamed = join(dirname(increment.path), 'friday.tar.lzo');
    renameSync(increment.path, renamed);
    expect(await verifyBackup(renamed, testWork())).toMatchObject({ files: 2 });
  });
});

describe('the note of a backup', () => {
  it('says when it was found whole', async () => {
    const { dir } = await twoBackups();
    const note = await verifyAndNote(dir, 's1', 200, testWork({ wallNow: () => 5_000 }));
    expect(note).toMatchObject({ kind: 'incremental', verifiedAt: 5_000, files: 2, startedAt: 200_000 });
    expect(readNote(dir, 's1', 200)).toEqual(note);
  });

  it('says what is wrong, until a later look finds it whole, and keeps its other words', async () => {
    const { dir, base } = await twoBackups();
    await verifyAndNote(dir, 's1', 200, testWork());
    const note = readNote(dir, 's1', 200);
    if (!note) throw new Error('no note');
    writeNote(dir, 's1', 200, { ...note, pinnedUntil: 'ever' });
    renameSync(base.path, `${base.path}.away`);
    const failed = await verifyAndNote(dir, 's1', 200, testWork());
    expect(failed?.problem).toMatch(/^no_base: .*needs the full backup s1\.100\.tar\.lzo/);
    expect(failed).toMatchObject({ pinnedUntil: 'ever' });
    expect(failed).not.toHaveProperty('verifiedAt');
    renameSync(`${base.path}.away`, base.path);
    expect(await verifyAndNote(dir, 's1', 200, testWork())).toMatchObject({ files: 2, verifiedAt: expect.any(Number) });
    expect(readNote(dir, 's1', 200)).not.toHaveProperty('problem');
  });

  it('says nothing wrong of a backup that only could not be read: a disk fails, a key is not here', async () => {
    const { dir } = await twoBackups();
    const manifest = join(backupDir(dir, 's1'), 's1.200.manifest.gz');
    renameSync(manifest, `${manifest}.away`);
    mkdirSync(manifest); // reading it fails with an errno
    await expect(verifyAndNote(dir, 's1', 200, testWork())).rejects.toThrow('EISDIR');
    expect(readNote(dir, 's1', 200)).toBeUndefined();
    const sealed = await world(await tempDir(), { a: 'secret' });
    new KeyRing(sealed.dir).make(1);
    await backUp({ ...sealed.task, sealFor: sealed.dir }, testWork());
    await expect(verifyAndNote(sealed.task.backupsDir, 's1', 1_700_000_000, testWork())).rejects.toEqual(
      failsWith('no_key'));
    const note = readNote(sealed.task.backupsDir, 's1', 1_700_000_000);
    expect([note?.files, note?.problem]).toEqual([1, undefined]);
  });

  it('is made for a damaged backup that has none', async () => {
    const { dir, base } = await twoBackups();
    truncateSync(base.path, 30);
    expect(await verifyAndNote(dir, 's1', 100, testWork())).toMatchObject({
      size: 30,
      problem: expect.stringMatching(/^bad_archive: /),
    });
  });

  it('names the base of an increment that had none', async () => {
    const { dir, base } = await twoBackups();
    expect(await verifyAndNote(dir, 's1', 200, testWork())).toMatchObject({ kind: 'incremental', base: base.name });
  });

  it('is none for a backup that is not there', async () => {
    const { dir } = await twoBackups();
    expect(await verifyAndNote(dir, 's1', 300, testWork())).toBeUndefined();
  });
});
