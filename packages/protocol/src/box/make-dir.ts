import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../errors.js';

/**
 * `mkdir -p` with mode 0700. Throws the kernel's own error, because Node's recursive mkdir reports a read-only file
 * system as ENOENT.
 */
export function makeDir(path: string): void {
  if (existsSync(path)) return;
  if (!existsSync(dirname(path))) makeDir(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error; // another process made it in between
  }
}
