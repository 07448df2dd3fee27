import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The program of worker processes and threads: one bundled file, if the library was built whole. Otherwise the file
 * that the compiler made.
 */
export function workerProgram(): string {
  const bundled = join(__dirname, '../bundle/worker-main.js');
  return existsSync(bundled) ? bundled : join(__dirname, '../worker/worker-main.js');
}
