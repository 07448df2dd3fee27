import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTask } from '../../src/task/run-task.js';
import { tempDirs } from '../support/temp.js';
import { failsWith } from '../support/work.js';

const tempDir = tempDirs();

it('a backup is ended within a second where it hangs, when it is cancelled or its time is over', async () => {
  const dir = await tempDir();
  const program = join(dir, 'spins.cjs');
  await writeFile(program, 'process.on("message", () => { for (;;); });');
  const task = { type: 'backup' as const, serverId: 's1', workingDir: dir, backupsDir: dir, keep: 1 };
  const options = { serverId: 's1', program };
  const startedAt = performance.now();
  const cancelled = runTask(task, { ...options, signal: AbortSignal.timeout(300) });
  await expect(cancelled).rejects.toEqual(failsWith('cancelled'));
  const late = runTask(task, { ...options, timeLimitMs: 300 });
  await expect(late).rejects.toEqual(failsWith('backup_failed'));
  expect(performance.now() - startedAt).toBeLessThan(20_000); // two seconds, on a machine that is not busy
});
