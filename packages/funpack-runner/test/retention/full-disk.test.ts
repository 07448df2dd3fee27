import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { backUp } from '../../src/backup/backup.js';
import { maintain } from '../../src/maintain/maintain.js';
import { tempDirs } from '../support/temp.js';
import { testWork } from '../support/work.js';
import { world } from '../support/worlds.js';

const tempDir = tempDirs();

/** Mounts a small disk there. False where this user may not. */
function mountAt(dir: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,nr_inodes=40', 'tmpfs', dir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function canMount(): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'pinky-mount-'));
  const isMounted = mountAt(dir);
  if (isMounted) execFileSync('umount', [dir]);
  rmdirSync(dir);
  return isMounted;
}

describe('a disk that is full', () => {
  const itMounted = canMount() ? it : it.skip;
  let dir: string;
  let folder = '';

  beforeEach(async () => {
    dir = await tempDir();
    if (!mountAt(dir)) return;
    folder = join(dir, 'worlds/s1');
    mkdirSync(folder, { recursive: true });
    for (let seconds = 1; seconds <= 9; seconds++) writeFileSync(join(folder, `s1.${seconds}.tar.lzo`), 'archive');
    expect(fill(dir)).toBe('ENOSPC');
  });
  afterEach(() => { if (folder !== '') execFileSync('umount', [dir]); });

  itMounted('is freed of what is not to be kept, although it has no room for a lock', async () => {
    const task = { type: 'maintain', home: dir, servers: dir, backupsDir: dir, allowedHosts: [], keep: 1 } as const;
    expect(await maintain(task, testWork(), [])).toEqual({ done: {}, waiting: {}, problems: {} });
    expect(readdirSync(folder)).toEqual(['s1.9.tar.lzo']);
  });

  itMounted('takes a backup in the place of those that are not to be kept', async () => {
    const { task } = await world(await tempDir(), { level: 'a world' });
    const { url } = await backUp({ ...task, backupsDir: dir, keep: 2 }, testWork());
    expect(readdirSync(folder).filter((name) => name.endsWith('.lzo'))).toEqual([basename(url), 's1.9.tar.lzo']);
  });
});

/** Takes every inode. Answers the failure of the last file. */
function fill(dir: string): string | undefined {
  for (let made = 0; made < 100; made++) {
    try {
      writeFileSync(join(dir, `full.${made}`), '');
    } catch (failure) {
      return (failure as NodeJS.ErrnoException).code;
    }
  }
  return undefined;
}
