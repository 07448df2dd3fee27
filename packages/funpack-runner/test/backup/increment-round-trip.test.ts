import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CatalogueAsk, ChosenBackup } from '@pinky/protocol';
import { backUp } from '../../src/backup/backup.js';
import { restore } from '../../src/backup/restore.js';
import { readNote } from '../../src/catalogue/backup-note.js';
import { latestBackup, listBackups } from '../../src/catalogue/list-backups.js';
import { verifyAndNote, verifyBackup } from '../../src/catalogue/verify.js';
import { askCatalogue } from '../../src/going-back/ask-catalogue.js';
import { tempDirs } from '../support/temp.js';
import { failsWith, testWork } from '../support/work.js';
import { world } from '../support/worlds.js';

const tempDir = tempDirs();
let seconds = 1_700_000_000;
const work = testWork({ wallNow: () => seconds * 1_000 });

/** Everything that find, cat and getfattr tell of a folder. */
const told = (dir: string): string =>
  execFileSync('bash', ['-c', 'cd "$0"; find . -mindepth 1 -printf "%P %y %m %T@ %n %l %s\\n" | LC_ALL=C sort; ' +
    'find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum', dir], { encoding: 'latin1' });

/** A world, its full backup, and an increment of what a game did to it afterwards. */
async function played() {
  const dir = await tempDir();
  const big = Buffer.alloc(3_000_000, 'most of the world');
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`region/${at}`, `${at}`.repeat(500)]));
  const made = await world(dir, { ...files, map: 'one', 'old/gone': 'x', moved: 'moved', quiet: 'the same', big });
  const { workingDir, task } = made;
  const at = (path: string): string => join(workingDir, path);
  linkSync(at('map'), at('second'));
  symlinkSync('map', at('link'));
  writeFileSync(Buffer.concat([Buffer.from(`${workingDir}/`), Buffer.from('caf\xe9', 'latin1')]), 'odd');
  truncateSync(at('quiet'), 2_000_000);
  const terms = { ...task, keep: 9 };
  const full = await backUp(terms, work);
  seconds += 60;
  rmSync(at('old'), { recursive: true });
  renameSync(at('moved'), at('moved away'));
  writeFileSync(at('region/7'), 'changed');
  chmodSync(at('region/8'), 0o600);
  utimesSync(at('region/9'), 1, 1);
  mkdirSync(at('new'));
  writeFileSync(at('new/file'), '');
  linkSync(at('region/10'), at('new/name'));
  const fd = openSync(at('quiet'), 'r+');
  writeSync(fd, 'y', 1_500_000);
  closeSync(fd);
  const increment = await backUp(terms, work);
  expect([full.kind, increment.kind]).toEqual(['full', 'incremental']);
  return { ...made, terms, full, increment, at };
}

const secondsOf = (url: string): number => Number(/\.(\d+)\./.exec(url)?.[1]);

/**
 * The first byte from the middle on whose lowest bit changes what is unpacked. Some bits change nothing, such as those
 * of a distance into a run of zeros.
 */
function tellingBit(bytes: Buffer): number {
  const unpacked = (input: Buffer): string => {
    const { status, stdout } = spawnSync('lzop', ['-dc'], { input, maxBuffer: 1e8 });
    return `${status} ${createHash('sha256').update(stdout).digest('hex')}`;
  };
  const whole = unpacked(bytes);
  for (let at = bytes.length >> 1; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    if (unpacked(changed) !== whole) return at;
  }
  throw new Error('no bit of the archive counts');
}

describe('a backup and an increment that Pinky wrote itself', () => {
  it('are whole when they are read back, and say how much they hold', async () => {
    const { full, increment, task } = await played();
    expect(await verifyBackup(fileURLToPath(full.url), work)).toMatchObject({ files: 46 });
    const note = await verifyAndNote(task.backupsDir, 's1', secondsOf(increment.url), work);
    expect(note).toMatchObject({ verifiedAt: seconds * 1_000, base: full.url.split('/').at(-1) });
    expect(note).not.toHaveProperty('problem');
  });

  it('are found damaged where one bit of either is another', async () => {
    const { full, increment } = await played();
    for (const url of [increment.url, full.url]) {
      const path = fileURLToPath(url);
      const bytes = readFileSync(path);
      const middle = tellingBit(bytes);
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      const code = url === full.url ? 'no_base' : 'bad_archive';
      await expect(verifyBackup(fileURLToPath(increment.url), work)).rejects.toEqual(failsWith(code));
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    }
  });

  it('give the world back as it was, with its deletions, links, modes and times', async () => {
    const { increment, workingDir, restoreTask } = await played();
    const task = restoreTask(increment.url);
    await restore(task, work);
    expect(told(task.into)).toBe(told(workingDir));
  });

  it('are restored by a second name, on which the next increment builds', async () => {
    const { increment, full, task, terms, workingDir, restoreTask } = await played();
    const data = { serverId: 's1', which: String(secondsOf(full.url)), id: 'job 1' };
    const asked = async (ask: CatalogueAsk): Promise<ChosenBackup> =>
      await askCatalogue({ type: 'catalogue', backupsDir: task.backupsDir, ask }, work) as ChosenBackup;
    const { backup } = await asked({ name: 'choose', data });
    seconds += 60;
    const used = await asked({ name: 'use', data: { serverId: 's1', seconds: backup.seconds, id: 'job 1' } });
    expect(used.present?.name).toBe(increment.url.split('/').at(-1));
    const source = await latestBackup(task.backupsDir, 's1');
    await restore({ ...restoreTask(source?.url ?? ''), into: workingDir }, work);
    writeFileSync(join(workingDir, 'map'), 'played on');
    seconds += 60;
    const next = await backUp({ ...terms, keep: 1 }, work);
    expect([next.kind, next.base]).toEqual(['incremental', used.newest?.name]);
    await restore(restoreTask(next.url), work);
    expect(told(restoreTask(next.url).into)).toBe(told(workingDir));
    // pins and bases stay, whatever `keep` says
    expect((await listBackups(task.backupsDir, 's1')).map((one) => one.seconds)).toEqual(
      [full.url, increment.url, used.newest?.name ?? '', next.url].map(secondsOf));
    expect(readNote(task.backupsDir, 's1', secondsOf(increment.url))?.because).toBe('the world before a restore');
  });
});
