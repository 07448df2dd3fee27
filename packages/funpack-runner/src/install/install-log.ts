import { closeSync, openSync, writeSync } from 'node:fs';
import type { Mask } from '@pinky/protocol';

/** How much of the output is kept, bytes. */
const mostBytes = 8 * 1024 * 1024;

/** The output of one installation, in a file that only the owner of the box may read. */
export class InstallLog {
  readonly #fd: number;
  #left = mostBytes;

  constructor(path: string, private readonly mask: Mask) {
    this.#fd = openSync(path, 'w', 0o600);
  }

  /** Writes a line, and answers it as it may be shown. */
  write(line: string): string {
    const shown = this.mask.text(line);
    const bytes = Buffer.from(`${shown}\n`);
    const isLast = this.#left > 0 && bytes.length > this.#left;
    if (bytes.length <= this.#left) writeSync(this.#fd, bytes);
    else if (isLast) writeSync(this.#fd, 'the rest of the output is not kept\n');
    this.#left = isLast ? 0 : this.#left - Math.min(bytes.length, this.#left);
    return shown;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
