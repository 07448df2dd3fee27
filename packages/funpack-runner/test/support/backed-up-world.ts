import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { backUp } from '../../src/backup/backup.js';
import { readNote } from '../../src/catalogue/backup-note.js';
import type { BackupTask } from '../../src/task/tasks.js';
import { testWork } from './work.js';
import { world } from './worlds.js';

export const big = Buffer.alloc(300_000, 'a world of some size ');

/** A world that was backed up once, an hour after its files were written, as far as the runner knows. */
export async function backedUp(dir: string, files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const made = await world(dir, { 'map/r.0': big, 'map/r.1': big, 'level.dat': 'level', ...files });
  const from = Date.now() + 3_600_000;
  let now = from;
  const run = (more: Partial<BackupTask> = {}) => backUp({ ...made.task, ...more }, testWork({ wallNow: () => now }));
  const first = await run();
  const later = (more?: Partial<BackupTask>, minutes = 15) => {
    now += minutes * 60_000;
    return run(more);
  };
  const at = (path: string): string => join(made.workingDir, path);
  const folder = join(made.task.backupsDir, 'worlds', 's1');
  const seconds = (url: string): number => Number(/\.(\d+)\./.exec(url)?.[1]);
  const note = (url: string) => readNote(made.task.backupsDir, 's1', seconds(url));
  return { ...made, first, later, at, folder, note, from, seconds };
}

export const sameTree = (a: string, b: string): void => void execFileSync('diff', ['-r', '--no-dereference', a, b]);
