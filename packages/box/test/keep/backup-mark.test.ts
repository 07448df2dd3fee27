import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupMark } from '../../src/keep/backup-mark.js';

describe('the mark of the backups', () => {
  let dir: string;
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-mark-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('changes with each backup, note and parked world, and not with a lock or a half-written file', async () => {
    const [world, parks] = [join(dir, 'worlds', 'a'), join(dir, '.parked', 'a')];
    const marks = new BackupMark();
    let before = await marks.of(dir, dir);
    const hasChanged = async (): Promise<boolean> => {
      const now = await marks.of(dir, dir);
      const isNews = now !== before;
      before = now;
      return isNews;
    };
    const news = async (change: () => void): Promise<boolean> => {
      for (let look = 0; look < 3; look++) expect([look, await hasChanged()]).toEqual([look, false]); // it is settled
      change();
      return hasChanged();
    };
    const note = join(world, 'a.1.note.json');
    expect(await news(() => mkdirSync(world, { recursive: true }))).toBe(true);
    expect(await news(() => writeFileSync(join(world, 'a.1.tar.lzo'), ''))).toBe(true);
    expect(await news(() => writeFileSync(note, '{}'))).toBe(true);
    expect(await news(() => {
      writeFileSync(`${note}.tmp`, '{}');
      utimesSync(`${note}.tmp`, 1, 1);
      renameSync(`${note}.tmp`, note);
    })).toBe(true);
    expect(await news(() => {
      mkdirSync(join(world, '.lock.lock'));
      rmdirSync(join(world, '.lock.lock'));
      writeFileSync(join(world, '.7.part'), '');
      utimesSync(world, 5, 5); // whatever the clock's tick is
    })).toBe(false);
    expect(await news(() => mkdirSync(join(parks, '1000000000000-abcd'), { recursive: true }))).toBe(true);
    expect(await news(() => rmSync(join(world, 'a.1.tar.lzo')))).toBe(true);
  });
});
