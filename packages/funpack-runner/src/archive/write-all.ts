import type { FileHandle } from 'node:fs/promises';

/** Writes all bytes at that place of the file: one write(2) may take fewer. */
export async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}
