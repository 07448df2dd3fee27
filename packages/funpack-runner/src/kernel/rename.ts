import { existsSync, renameSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { errnoOf } from '@pinky/protocol';
import { lastError, libc } from './libc.js';

const atFdcwd = -100;
const noReplace = 1;

/**
 * Gives a file a name that is free. Throws EEXIST if it is not. A file system without this call is looked at first,
 * which is enough where one process alone writes into the folder.
 */
export function renameToFree(from: string, to: string): void {
  const path = (text: string): Buffer => Buffer.from(`${text}\0`);
  if (libc().renameat2(atFdcwd, path(from), atFdcwd, path(to), noReplace) === 0) return;
  const failure = lastError('renameat2');
  if (!['EINVAL', 'ENOSYS', 'EOPNOTSUPP'].includes(errnoOf(failure) ?? '')) throw failure;
  if (existsSync(to)) throw Object.assign(new Error(`${to} exists`), { code: 'EEXIST' });
  renameSync(from, to);
}

/** Moves a whole folder to its place. Answers false where another process has put one there meanwhile. */
export async function moveIntoPlace(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (failure) {
    if (errnoOf(failure) !== 'ENOTEMPTY' && errnoOf(failure) !== 'EEXIST') throw failure;
    return false;
  }
}
