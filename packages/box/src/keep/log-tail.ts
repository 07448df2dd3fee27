import { closeSync, fstatSync, readSync, statSync } from 'node:fs';
import { openRegularFile } from '@pinky/supervisor/pid-files';

export interface LogTail {
  readonly text: string;
  /** How long the log is now, bytes. */
  readonly size: number;
}

/**
 * The text that came to a log since it had this length, and no more than so many bytes from its end. A shorter log is a
 * new one. Undefined if it cannot be read, as a pipe cannot: its lines are another reader's.
 */
export function readTail(file: string, since: number, mostBytes: number): LogTail | undefined {
  try {
    // nearly every look at a quiet log ends here, at the cost of one call
    if (since > 0 && statSync(file).size === since) return { text: '', size: since };
    const fd = openRegularFile(file);
    try {
      const { size } = fstatSync(fd);
      const from = Math.max(size < since ? 0 : since, size - mostBytes);
      const buffer = Buffer.alloc(size - from);
      return { text: buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, from)), size };
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
