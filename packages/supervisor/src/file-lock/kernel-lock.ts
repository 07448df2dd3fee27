import { spawnSync } from 'node:child_process';
import { closeSync } from 'node:fs';

/** The outcome of an attempt to lock: we have it, another process has it, or this machine has no flock(1). */
export type LockOutcome = 'taken' | 'busy' | 'unavailable';

/**
 * Takes the kernel's exclusive lock (flock(2)) on the open file `fd`. Waits at most `waitMs`.
 *
 * Node has no call for it, so util-linux's flock(1) takes the lock on a descriptor that it inherits. The lock belongs
 * to the open file description that both share, so it stays with us when flock(1) has ended. The kernel drops it with
 * our last descriptor: a `kill -9` leaves nothing behind, and a stopped process (SIGSTOP) keeps its lock. A lease that
 * must be renewed in time can do neither.
 *
 * Blocks the thread for some 2 ms, or up to `waitMs`.
 */
export function lockDescriptor(fd: number, waitMs = 0): LockOutcome {
  const { status } = flock(fd, waitMs);
  if (status === 0) return 'taken';
  return status === 1 ? 'busy' : 'unavailable';
}

/** Drops a lock by closing the descriptor that holds it. */
export function unlockDescriptor(fd: number): void {
  closeSync(fd);
}

/** Runs flock(1) on `fd`. Its status is 0 for a lock that is ours and 1 for a busy one. */
export function flock(fd: number, waitMs: number): { readonly status: number | null; readonly error?: Error } {
  const wait = waitMs === 0 ? ['-n'] : ['-w', String(waitMs / 1000)];
  // The locked file is the child's descriptor 3. All our other descriptors are closed on exec.
  return spawnSync('flock', ['-x', ...wait, '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
}
