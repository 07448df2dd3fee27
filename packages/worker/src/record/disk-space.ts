import { statfsSync } from 'node:fs';

/** How much a launch writes down, bytes. */
const launchBytes = 64 * 1024;

/** Whether the file system of `dir` has no room for a launch: no blocks or no inodes (statfs(2)). */
export function isDiskFull(dir: string): boolean {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(dir);
    return bavail * bsize < launchBytes || (files > 0 && ffree === 0);
  } catch {
    return false; // the folder is gone, which is another trouble
  }
}
