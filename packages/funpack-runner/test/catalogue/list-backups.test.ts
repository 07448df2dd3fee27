import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backupDir, noteName } from '../../src/catalogue/backup-names.js';
import { writeNote, type BackupNote } from '../../src/catalogue/backup-note.js';
import { knownBackups, latestBackup } from '../../src/catalogue/list-backups.js';
import { tempDirs } from '../support/temp.js';

const tempDir = tempDirs();
const note: BackupNote = {
  version: 1,
  kind: 'full',
  sha256: '0'.repeat(64),
  size: 1,
  files: 1,
  bytes: 1,
  startedAt: 0,
};

async function backups(...names: string[]): Promise<string> {
  const dir = await tempDir();
  mkdirSync(backupDir(dir, 's1'), { recursive: true });
  for (const name of names) writeFileSync(join(backupDir(dir, 's1'), name), 'x'.repeat(name.length));
  return dir;
}

const newest = async (dir: string): Promise<string | undefined> =>
  (await latestBackup(dir, 's1'))?.url.split('/').at(-1);

describe('the backups of a server', () => {
  it('are listed with their sizes and notes, and nothing else of the folder is', async () => {
    const dir = await backups('s1.20.incremental.tar.lzo', 's1.10.tar.zst', 's1.30.tar.lzo.enc', 's1.10.manifest.gz',
      'x1.5.tar.lzo', 's1.40.tar.xz', '.99.part');
    writeNote(dir, 's1', 20, { ...note, kind: 'incremental', base: 's1.10.tar.zst' });
    expect((await knownBackups(dir, 's1')).map(({ seconds, size, kind, note: known }) =>
      [seconds, size, kind, known?.base])).toEqual([
      [10, 13, 'full', undefined],
      [20, 25, 'incremental', 's1.10.tar.zst'],
      [30, 17, 'full', undefined],
    ]);
  });

  it('are without a note where that cannot be read', async () => {
    const dir = await backups('s1.10.tar.lzo', 's1.20.tar.lzo');
    writeFileSync(join(backupDir(dir, 's1'), noteName('s1', 10)), '{"version":1,');
    writeFileSync(join(backupDir(dir, 's1'), noteName('s1', 20)), '{"version":2}');
    expect((await knownBackups(dir, 's1')).map((each) => each.note)).toEqual([undefined, undefined]);
  });

  it('are none without a folder', async () => {
    expect(await knownBackups(await tempDir(), 's1')).toEqual([]);
  });
});

describe('the newest backup', () => {
  it('is the last one by name', async () => {
    expect(await newest(await backups('s1.9.tar.lzo', 's1.10.tar.lzo'))).toBe('s1.10.tar.lzo');
    expect(await newest(await tempDir())).toBeUndefined();
  });

  it('is still the last one by name where the clock ran ahead when an older one was found unchanged', async () => {
    const dir = await backups('s1.10.tar.lzo', 's1.20.tar.lzo');
    writeNote(dir, 's1', 10, { ...note, unchangedAt: 3_600_000 });
    expect(await newest(dir)).toBe('s1.20.tar.lzo');
    expect((await knownBackups(dir, 's1')).map(({ seconds }) => seconds)).toEqual([10, 20]);
  });
});
