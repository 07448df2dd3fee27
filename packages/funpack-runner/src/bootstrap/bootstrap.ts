import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../archive/unpack.js';
import { readFunpack } from '../funpack/read-funpack.js';
import { funpackPath } from '../launch/environment.js';
import { runScript } from '../script/run-script.js';
import { withLock } from '../store/lock.js';
import type { BootstrapTask, RunnerResults } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { isBootstrapped, markerOf } from './is-bootstrapped.js';

const defaultTimeoutMs = 30 * 60_000;

/**
 * Runs `bin/bootstrap <shared dir>` once per box and funpack, however many servers start at the same time. Where it
 * fails nothing of it is left: `bootstrap_failed`, `cancelled`.
 */
export async function bootstrap(task: BootstrapTask, work: WorkContext): Promise<RunnerResults['bootstrap']> {
  const funpack = await readFunpack(task.funpackDir, task.digest);
  if (!funpack.has.bootstrap) {
    await mkdir(task.sharedDir, { recursive: true });
    return { ran: false };
  }
  return withLock(`${task.sharedDir}.lock`, { signal: work.signal }, async (signal) => {
    if (await isBootstrapped(funpack, task.sharedDir)) return { ran: false };
    await removeTree(task.sharedDir);
    await mkdir(task.sharedDir, { recursive: true });
    try {
      await runScript(join(funpack.dir, 'bin', 'bootstrap'), [task.sharedDir], {
        cwd: task.sharedDir, env: bootstrapEnvironment(task), timeoutMs: task.timeoutMs ?? defaultTimeoutMs, code: 'bootstrap_failed',
        signal, onLine: work.onLine,
      });
      await writeFile(markerOf(task.sharedDir), `${task.digest}\n`);
    } catch (failure) {
      await rm(markerOf(task.sharedDir), { force: true });
      await removeTree(task.sharedDir);
      throw failure;
    }
    return { ran: true };
  });
}

/** No port, settings or server: what it fetches is shared by all servers. */
const bootstrapEnvironment = (task: BootstrapTask): Record<string, string> => ({
  SHARED_DIR: task.sharedDir, HOME: task.home, PATH: funpackPath(), LANG: process.env['LANG'] ?? 'C.UTF-8',
});
