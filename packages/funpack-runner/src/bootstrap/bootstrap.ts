import { chown, mkdir, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PinkyError } from '@pinky/protocol';
import { removeTree } from '../kernel/remove-tree.js';
import { readFunpack } from '../funpack/read-funpack.js';
import { funpackPath } from '../launch/environment.js';
import { giveTree } from '../launch/give-tree.js';
import { runScript } from '../script/run-script.js';
import { withLock } from '../store/lock.js';
import type { BootstrapTask, RunnerResults } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { filledDir, isBootstrapped } from './is-bootstrapped.js';

const defaultTimeoutMs = 30 * 60_000;

/**
 * Runs `bin/bootstrap <shared dir>` once for a box and funpack, however many servers start at the same time. Throws
 * `bootstrap_failed` or `cancelled`. Then nothing of it is left.
 */
export async function bootstrap(task: BootstrapTask, work: WorkContext): Promise<RunnerResults['bootstrap']> {
  const funpack = readFunpack(task.funpackDir, task.digest);
  if (isBootstrapped(task.sharedDir)) return { ran: false };
  if (!funpack.has.bootstrap) {
    await mkdir(task.sharedDir, { recursive: true });
    return { ran: false };
  }
  return withLock(`${task.sharedDir}.lock`, { signal: work.signal }, async (signal) => {
    if (isBootstrapped(task.sharedDir)) return { ran: false };
    await fill(task, { ...work, signal });
    return { ran: true };
  });
}

async function fill(task: BootstrapTask, work: WorkContext): Promise<void> {
  const dir = filledDir(task.sharedDir);
  await removeTree(dir); // a runner that was killed left it
  await mkdir(dir, { recursive: true });
  if (task.owner) await chown(dir, task.owner.uid, task.owner.gid);
  try {
    await runScript(join(task.funpackDir, 'bin', 'bootstrap'), [dir], {
      cwd: dir,
      env: bootstrapEnvironment(task, dir),
      under: task.under,
      timeoutMs: task.timeoutMs ?? defaultTimeoutMs,
      code: 'bootstrap_failed',
      signal: work.signal,
      onLine: work.onLine,
    });
    if (task.owner) takeBack(dir);
    await rm(task.sharedDir, { force: true }); // it may be a link to a folder that somebody removed
    await symlink(basename(dir), task.sharedDir);
  } catch (failure) {
    await removeTree(dir);
    throw failure;
  }
}

/**
 * All servers of the funpack read what it fetched, so the user that fetched it may not change it any more. A file that
 * has another name elsewhere could be changed there.
 */
function takeBack(dir: string): void {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const kept = giveTree(dir, own, 0o755);
  if (kept.length === 0) return;
  const names = kept.join(', ');
  throw new PinkyError('bootstrap_failed', `bin/bootstrap made files that have a name outside ${dir}: ${names}`);
}

/** Without port, settings and server id, because all servers share what it fetches. */
const bootstrapEnvironment = (task: BootstrapTask, dir: string): Record<string, string> => ({
  SHARED_DIR: dir,
  HOME: task.home,
  PATH: funpackPath(),
  LANG: process.env['LANG'] ?? 'C.UTF-8',
});
