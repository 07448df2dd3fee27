import { closeSync, openSync, readSync } from 'node:fs';

/** The bytes of a file between two offsets; fewer if it is shorter. Throws if it cannot be read. */
export function readRange(path: string, start: number, end: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(end - start);
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, start));
  } finally {
    closeSync(fd);
  }
}
