import { writeSync } from 'node:fs';
import { badTar } from '../tar/tar-header.js';
import type { TarEntry } from '../tar/tar-entry.js';
import type { Pace } from '../archive/pace.js';

/** The same for a file that is at hand. False where it is not: then nothing is written. */
export function writesWhole(fd: number, { size, ranges, whole }: TarEntry): boolean {
  if (size === 0 && !ranges) return true;
  const bytes = whole?.();
  if (bytes?.length !== size) return bytes === undefined ? false : missingPart();
  writeAllSync(fd, bytes, 0);
  return true;
}

/** Writes a file's data where it belongs. The space between the parts of a sparse file stays a hole. */
export async function writeContent(fd: number, { ranges, size, content }: TarEntry, pace: Pace): Promise<void> {
  const parts = ranges ?? [{ offset: 0, length: size }];
  let part = 0;
  let within = 0;
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length;) {
      while (within === parts[part]?.length) {
        part += 1;
        within = 0;
      }
      const { offset, length } = parts[part] ?? missingPart();
      const bytes = Math.min(length - within, chunk.length - at);
      writeAllSync(fd, chunk.subarray(at, at + bytes), offset + within);
      at += bytes;
      within += bytes;
    }
    await pace.step();
  }
}

/** One write(2) may take fewer bytes than it was given. */
function writeAllSync(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

function missingPart(): never {
  throw badTar('a file has more data than places for it');
}
