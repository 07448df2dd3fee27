import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { backUp } from '../../src/backup/backup.js';
import { maintain } from '../../src/maintain/maintain.js';
import { testWork } from './work.js';
import { world } from './worlds.js';

/** A box's folders with a world of one file, and a store in a folder of its own. */
export async function boxWithBackups(dir: string) {
  const made = await world(dir, { 'world/level': 'a world' });
  const store = join(dir, 'store');
  await mkdir(store);
  const { backupsDir } = made.task;
  const task = {
    type: 'maintain' as const,
    home: dir,
    servers: join(dir, 'servers'),
    backupsDir,
    allowedHosts: [],
    store,
  };
  let seconds = 1_700_000_000;
  const backup = async (content = String(seconds)): Promise<number> => {
    writeFileSync(join(made.workingDir, 'world/level'), content);
    seconds += 10;
    await backUp({ ...made.task, incremental: false }, testWork({ wallNow: () => seconds * 1000 }));
    return seconds;
  };
  return { ...made, backupsDir, store, task, backup, round: () => maintain(task, testWork()) };
}
