import type { FileHandle } from 'node:fs/promises';

/** Writes all bytes at the file's position: one write(2) may take fewer. */
export async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
}
