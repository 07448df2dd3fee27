import { lstatSync, readlinkSync } from 'node:fs';
import { bootId } from './process-identity.js';

/**
 * Where a file or folder is in use. Processes that it names can be found only there. A copy of it has another place,
 * and one that was renamed has the same.
 */
export interface Place {
  /** The running kernel. */
  readonly bootId: string;
  readonly pidNamespace: string;
  /** Device and inode of the file: those that have one inode may be roots of two file systems. */
  readonly file: string;
}

/** The place of a file or folder. A link is not followed. Throws if there is none. */
export function placeOf(path: string): Place {
  const { dev, ino } = lstatSync(path);
  return { bootId: bootId(), pidNamespace: readlinkSync('/proc/self/ns/pid'), file: `${dev}:${ino}` };
}
