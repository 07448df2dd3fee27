import { execFileSync, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readNote } from '../../src/catalogue/backup-note.js';
import { listBackups } from '../../src/catalogue/list-backups.js';
import type { FromRunner } from '../../src/task/messages.js';
import type { BackupTask } from '../../src/task/tasks.js';
import { byHand, manifestOf } from '../support/written-backups.js';
import { tempDirs } from '../support/temp.js';
import { world } from '../support/worlds.js';

const tempDir = tempDirs();
const program = join(__dirname, '..', '..', 'dist', 'runner.cjs');

/** Runs a real runner, and kills it at the `killAt`th change in the folder of backups. Answers what it said. */
async function runner(task: BackupTask, folder: string, killAt = Infinity): Promise<FromRunner | undefined> {
  let said: FromRunner | undefined;
  let changes = 0;
  const child = fork(program, [], { stdio: 'inherit' });
  const watcher = watch(folder, { recursive: false }, () => { if (++changes >= killAt) child.kill('SIGKILL'); });
  child.on('message', (message: FromRunner) => {
    if (message.type === 'done' || message.type === 'failed') said = message;
  });
  child.send({ type: 'task', task, serverId: task.serverId });
  await once(child, 'exit');
  watcher.close();
  return said;
}

/** Every backup that has a name is whole: as its note and its manifest say, with the base that it needs. */
async function assertWhole(backupsDir: string, folder: string): Promise<void> {
  for (const { path, seconds, kind } of await listBackups(backupsDir, 's1')) {
    const note = readNote(backupsDir, 's1', seconds);
    expect(note).toMatchObject({ kind, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') });
    const { end } = manifestOf(pathToFileURL(path).href);
    expect(end).toMatchObject({ archive: path.split('/').at(-1), kind, files: note?.files });
    if (end.base) expect(existsSync(join(folder, '.bases', end.base.archive))).toBe(true);
  }
}

describe('a backup whose runner is killed', () => {
  it('leaves no broken one with a name, wherever it was, and the next one puts all in order', async () => {
    const { task, workingDir, dir } = await world(await tempDir(), { a: Buffer.alloc(400_000, 'a'), b: 'b' });
    const folder = join(task.backupsDir, 'worlds', 's1');
    mkdirSync(folder, { recursive: true });
    for (let step = 1; step <= 9; step++) {
      writeFileSync(join(workingDir, 'b'), `b ${step}`);
      await runner({ ...task, keep: 30, ...(step % 3 === 1 && { isForced: true }) }, folder, step + 2);
      await assertWhole(task.backupsDir, folder);
      // as after ten seconds: then the lock of one that was killed counts for nothing
      const locks = readdirSync(folder).filter((name) => name.startsWith('.lock'));
      for (const name of locks) rmSync(join(folder, name), { recursive: true });
    }
    writeFileSync(join(workingDir, 'b'), 'the end');
    expect(await runner({ ...task, keep: 30 }, folder)).toMatchObject({ type: 'done' });
    await assertWhole(task.backupsDir, folder);
    const names = readdirSync(folder);
    expect(names.filter((name) => name.endsWith('.part') || name.endsWith('.tmp'))).toEqual([]);
    const archives = names.filter((name) => name.includes('.tar.')).length;
    expect(names.filter((name) => name.endsWith('.manifest.gz'))).toHaveLength(archives);
    const newest = (await listBackups(task.backupsDir, 's1')).at(-1);
    const restored = await byHand(pathToFileURL(newest?.path ?? '').href, join(dir, 'by-hand'));
    execFileSync('diff', ['-r', workingDir, restored]);
  });
});
