import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../../..');
/** The program as it is shipped. */
export const workerProgram = join(root, 'packages/worker/dist/worker.cjs');
const sources = ['protocol', 'supervisor', 'funpack-runner', 'worker'].map((name) =>
  join(root, 'packages', name, 'src'),
);

/**
 * Builds the program if it is not there or older than its source. Test files run side by side, so one of them does
 * it.
 */
export function ensureBuilt(): void {
  if (isBuilt()) return;
  // The second test that comes finds it built: esbuild and tsc do nothing twice.
  execFileSync('flock', [join(tmpdir(), 'pinky-worker-build.lock'), 'npm', 'run', 'build'], {
    cwd: root,
    stdio: 'ignore',
  });
}

function isBuilt(): boolean {
  if (!existsSync(workerProgram)) return false;
  const builtAt = statSync(workerProgram.replace('worker.cjs', 'worker-bundle.cjs')).mtimeMs;
  return sources.every((dir) => newestIn(dir) <= builtAt);
}

function newestIn(dir: string): number {
  const times = readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(0, ...times);
}
