import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '@pinky/protocol';

const blockBytes = 512;

/** How much space a file or folder takes on the disk, bytes, as du(1) counts. 0 if it is not there. */
export function diskUse(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  const own = found.blocks * blockBytes;
  return found.isDirectory() ? own + namesIn(path).reduce((sum, name) => sum + diskUse(join(path, name)), 0) : own;
}
