import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * `mkdir -p`, mode 0700. Throws the kernel's own error: Node's recursive mkdir calls a read-only file system ENOENT.
 */
export function makeDir(path: string): void {
  if (existsSync(path)) return;
  if (!existsSync(dirname(path))) makeDir(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}
