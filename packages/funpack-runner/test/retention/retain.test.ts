import { existsSync, linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveName, backupDir, manifestName, noteName } from '../../src/catalogue/backup-names.js';
import { readNote, writeNote, type BackupNote } from '../../src/catalogue/backup-note.js';
import { storeAddress } from '../../src/remote/store-address.js';
import { retain } from '../../src/retention/retain.js';
import { tempDirs } from '../support/temp.js';
import { testWork } from '../support/work.js';

const tempDir = tempDirs();
const day = 86_400;
const rule = {
  allMs: 0,
  newest: 1,
  hourlyMs: 0,
  dailyMs: 0,
  weeklyMs: 0,
  monthlyMs: 0,
};
const workAt = (seconds: number) => testWork({ wallNow: () => seconds * 1_000 });

function put(dir: string, seconds: number, more: Partial<BackupNote> = {}): string {
  const kind = more.kind ?? 'full';
  const name = archiveName({ serverId: 's1', seconds, kind, format: 'lzo', isEncrypted: false });
  const folder = backupDir(dir, 's1');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), 'archive');
  writeFileSync(join(folder, manifestName('s1', seconds)), '');
  const counts = { files: 1, bytes: 1, size: 7, startedAt: 0 };
  writeNote(dir, 's1', seconds, { version: 1, kind, sha256: '', ...counts, ...more });
  return name;
}

function noteIn(dir: string, seconds: number): BackupNote {
  const note = readNote(dir, 's1', seconds);
  if (!note) throw new Error('no note');
  return note;
}

const names = (dir: string): string[] => readdirSync(backupDir(dir, 's1')).sort();

describe('removing what is no longer to be kept', () => {
  it('removes archive, manifest and note', async () => {
    const dir = await tempDir();
    const [old, kept] = [put(dir, 10), put(dir, 20)];
    expect(await retain(dir, 's1', { keep: 1 }, workAt(100))).toEqual({ removed: [old], freedBytes: 7 });
    expect(names(dir)).toEqual([manifestName('s1', 20), noteName('s1', 20), kept].sort());
  });

  it('removes nothing by time in the first day of a version that does so', async () => {
    const dir = await tempDir();
    put(dir, 10);
    put(dir, 20);
    for (const after of [0, 3_600, day - 1])
      expect(await retain(dir, 's1', { rule }, workAt(1_000_000 + after))).toMatchObject({ removed: [] });
    expect((await retain(dir, 's1', { rule }, workAt(1_000_000 + day))).removed).toHaveLength(1);
  });

  it('counts the day anew where it began in the future: the clock was wrong', async () => {
    const dir = await tempDir();
    put(dir, 10);
    put(dir, 20);
    await retain(dir, 's1', { rule }, workAt(9_000_000));
    expect((await retain(dir, 's1', { rule }, workAt(1_000_000))).removed).toEqual([]);
    expect((await retain(dir, 's1', { rule }, workAt(1_000_000 + day))).removed).toHaveLength(1);
  });

  it('removes nothing, and ends no pin, where the clock jumps ahead by years', async () => {
    const dir = await tempDir();
    for (let hours = 0; hours < 5; hours++) put(dir, 1_000_000 + hours * 3_600);
    put(dir, 999_000, { pinnedUntil: 30 * day * 1_000 });
    const whole = { ...rule, allMs: day * 1_000 };
    for (const seconds of [1_000_000, 1_000_000 + day])
      expect((await retain(dir, 's1', { rule: whole }, workAt(seconds))).removed).toEqual([]);
    expect((await retain(dir, 's1', { rule: whole }, workAt(400_000_000))).removed).toEqual([]);
    expect((await retain(dir, 's1', { keep: 5 }, workAt(400_000_000))).removed).toEqual([]);
    expect((await retain(dir, 's1', { rule: whole }, workAt(1_000_000 + day + 7_200))).removed).toHaveLength(2);
  });

  it('removes a base\'s second name with the last increment, unless a backup is being written', async () => {
    const dir = await tempDir();
    const base = put(dir, 10);
    const bases = join(backupDir(dir, 's1'), '.bases');
    mkdirSync(bases);
    linkSync(join(backupDir(dir, 's1'), base), join(bases, base));
    put(dir, 20, { kind: 'incremental', base });
    put(dir, 30);
    await retain(dir, 's1', { keep: 2 }, workAt(100));
    expect([names(dir).includes(base), existsSync(join(bases, base))]).toEqual([true, true]);
    writeFileSync(join(backupDir(dir, 's1'), '.1.part'), '');
    expect((await retain(dir, 's1', { keep: 1 }, workAt(100))).removed).toHaveLength(2);
    expect(existsSync(join(bases, base))).toBe(true);
    rmSync(join(backupDir(dir, 's1'), '.1.part'));
    await retain(dir, 's1', { keep: 1 }, workAt(100));
    expect(existsSync(join(bases, base))).toBe(false);
  });

  it('keeps the base of an increment that the store has not got, although it has the base', async () => {
    const dir = await tempDir();
    const store = 's3://away/box';
    const copies = { [storeAddress(store)]: { at: 1 } };
    const base = put(dir, 10, { copies });
    const increment = put(dir, 20, { kind: 'incremental', base });
    const [old, ...kept] = [put(dir, 30, { copies }), put(dir, 40, { copies }), put(dir, 50, { copies })];
    expect((await retain(dir, 's1', { keep: 2 }, workAt(100), store)).removed).toEqual([old]);
    expect(names(dir)).toEqual(expect.arrayContaining([base, increment, ...kept]));
    writeNote(dir, 's1', 20, { ...noteIn(dir, 20), copies });
    expect((await retain(dir, 's1', { keep: 2 }, workAt(100), store)).removed).toEqual([base, increment]);
  });

  it('does nothing for a server without backups', async () => {
    expect(await retain(await tempDir(), 's1', { keep: 1 }, workAt(100))).toEqual({ removed: [], freedBytes: 0 });
  });
});
