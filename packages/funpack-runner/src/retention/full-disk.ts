import { join } from 'node:path';
import { errnoOf } from '@pinky/protocol';
import { backupDir } from '../catalogue/backup-names.js';
import { withLock } from '../store/lock.js';

/** There is no room left for a file, a folder or what a user may have. */
export const isFull = (failure: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(errnoOf(failure) ?? '');

/**
 * As `withCatalogue`, with the same lock, for work that makes room. A lock is a folder, so a full disk takes none, and
 * nothing would ever be removed. Then the work is done without it: nobody has the lock, which the kernel would tell
 * first (EEXIST), and nobody can take it before something is removed.
 */
export async function withCatalogueIfRoom<T>(
  backupsDir: string,
  serverId: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  try {
    return await withLock(join(backupDir(backupsDir, serverId), '.lock'), { signal }, async (held) => work(held));
  } catch (failure) {
    if (!isFull(failure)) throw failure;
    return work(signal);
  }
}
