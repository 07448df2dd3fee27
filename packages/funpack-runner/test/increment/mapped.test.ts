import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backUp } from '../../src/backup/backup.js';
import { restore } from '../../src/backup/restore.js';
import { mapped } from '../support/mapped-file.js';
import { tempDirs } from '../support/temp.js';
import { testWork } from '../support/work.js';
import { world } from '../support/worlds.js';

const tempDir = tempDirs();

/** The game writes to a page before the first backup, and once more after it; then a stop makes the last backup. */
async function playedOn(dir: string, firstBackupMs: number): Promise<string> {
  const made = await world(dir, { 'level.db': Buffer.alloc(8_192, 'a') });
  const path = join(made.workingDir, 'level.db');
  const file = mapped(path);
  file.write('v1');
  const changedAt = statSync(path).ctimeMs;
  const backUpAt = (ms: number) => backUp({ ...made.task, isFinal: true }, testWork({ wallNow: () => changedAt + ms }));
  await backUpAt(firstBackupMs);
  file.write('v2');
  file.end();
  const last = await backUpAt(firstBackupMs + 60_000);
  await restore(made.restoreTask(last.url), testWork());
  return readFileSync(join(dir, 'restored', 'level.db'), 'latin1').slice(0, 2);
}

describe('a file that a game writes to by mapping it into memory', () => {
  it('is in the last backup of a stop as the game left it', async () => {
    expect(await playedOn(await tempDir(), 5_000)).toBe('v2');
  });

  it('is so where files are in memory only, and no time ever tells of it', async () => {
    const dir = mkdtempSync('/dev/shm/pinky-mapped-');
    try {
      expect(await playedOn(dir, 3_600_000)).toBe('v2');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
