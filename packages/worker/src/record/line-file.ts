import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

/** How much is read at once, backwards from the end, to find the last whole line. Bytes. */
const tailBytes = 4096;
const newline = 10;

/**
 * A file that grows by whole lines: a line is there with its newline, or not at all. A death or a full disk may leave
 * part of a line. That part is cut off, which needs no space. Only one process may have the file open.
 */
export class LineFile {
  readonly #fd: number;
  #size: number;

  /** Throws the error of open(2). */
  constructor(path: string) {
    this.#fd = openSync(path, 'a+', 0o600);
    const { size } = fstatSync(this.#fd);
    this.#size = wholeLines(this.#fd, size);
    if (this.#size < size) ftruncateSync(this.#fd, this.#size);
  }

  get size(): number {
    return this.#size;
  }

  /** Throws the error of write(2), most likely ENOSPC. Then nothing of the line is in the file. */
  append(text: string): { readonly start: number; readonly end: number } {
    const bytes = Buffer.from(`${text}\n`);
    const start = this.#size;
    try {
      // A disk that becomes full takes a part without an error; the next call names it.
      for (let done = 0; done < bytes.length;) done += writeSync(this.#fd, bytes, done);
    } catch (error) {
      ftruncateSync(this.#fd, start);
      throw error;
    }
    this.#size += bytes.length;
    return { start, end: this.#size };
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Where the last whole line ends. */
function wholeLines(fd: number, size: number): number {
  const buffer = Buffer.allocUnsafe(Math.min(size, tailBytes));
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - tailBytes);
    const found = buffer.subarray(0, readSync(fd, buffer, 0, end - start, start)).lastIndexOf(newline);
    if (found >= 0) return start + found + 1;
    end = start;
  }
  return 0;
}
