import { execFile } from 'node:child_process';

/**
 * Resolves when everything that was written to the file system of a folder is on the disk. A program does it, because
 * the kernel may need long, and this process must answer meanwhile. Rejects where it cannot.
 */
export const flush = (dir: string): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile('sync', ['-f', dir], (error) => (error ? reject(error) : resolve()));
  });
