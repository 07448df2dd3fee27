import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Lets others pass through a home: games with users of their own must get to their folders. They can read nothing of
 * it: first its files are closed, and so are its folders, except for passing through one that was open before. Folders
 * that Pinky makes are closed to begin with.
 */
export function openHome(home: string): void {
  for (const entry of readdirSync(home, { withFileTypes: true })) {
    const path = join(home, entry.name);
    if (entry.isDirectory()) chmodSync(path, statSync(path).mode & 0o711);
    if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o700);
  }
  chmodSync(home, 0o711);
}
