import { spawnSync } from 'node:child_process';
import { closeSync } from 'node:fs';

/** What trying for a lock came to: ours, another's, or this machine has no flock(1). */
export type LockOutcome = 'taken' | 'busy' | 'unavailable';

/**
 * Takes the kernel's exclusive lock (flock(2)) on the open file `fd`, waiting at most `waitMs`.
 *
 * Node has no call for it, so util-linux's flock(1) takes it on an inherited descriptor: such a lock belongs to the
 * open file description that both share, and stays with us when flock(1) has left. The kernel drops it with our last
 * descriptor, so a `kill -9` leaves nothing behind, and a process that is only stopped (SIGSTOP) keeps what it holds.
 * Leases that must be renewed in time can do neither.
 *
 * Blocks the thread for some 2 ms, and `waitMs` at the most (0: does not wait).
 */
export function lockFile(fd: number, waitMs = 0): LockOutcome {
  const wait = waitMs === 0 ? ['-n'] : ['-w', String(waitMs / 1000)];
  // The locked file is the child's descriptor 3; everything else of ours is closed on exec.
  const { status } = spawnSync('flock', ['-x', ...wait, '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  if (status === 0) return 'taken';
  return status === 1 ? 'busy' : 'unavailable';
}

/** Gives up a lock by closing the descriptor that holds it. */
export function unlockFile(fd: number): void {
  closeSync(fd);
}
