import { PinkyError, type BoxConfig } from '@pinky/protocol';

/** Below this many bytes any ratio is allowed: a few empty files compress without bound and do no harm. */
const ratioFreeBytes = 16 * 1024 * 1024;

/** Counts what an archive unpacks to, and refuses it as soon as that is too much. */
export class UnpackLimits {
  #bytes = 0;
  #entries = 0;

  /** `archiveBytes`: size of the archive itself. */
  constructor(private readonly limits: BoxConfig['archives'], private readonly archiveBytes: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Counts an entry with the size that it promises, before anything of it is written. Throws `archive_too_large`. */
  entry(size: number): void {
    this.#entries += 1;
    this.#bytes += size;
    const { maxBytes, maxEntries, maxRatio } = this.limits;
    if (this.#entries > maxEntries) throw tooLarge(`more than ${maxEntries} entries`);
    if (this.#bytes > maxBytes) throw tooLarge(`more than ${maxBytes} bytes`);
    if (this.#bytes > ratioFreeBytes && this.#bytes > maxRatio * this.archiveBytes) {
      throw tooLarge(`more than ${maxRatio} times its own size`);
    }
  }
}

const tooLarge = (what: string): PinkyError => new PinkyError('archive_too_large', `the archive unpacks to ${what}`);
