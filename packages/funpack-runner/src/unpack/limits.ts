import { PinkyError, type BoxConfig } from '@pinky/protocol';

/** Below this many bytes any ratio is allowed: a few empty files compress without bound and do no harm. */
const ratioFreeBytes = 16 * 1024 * 1024;
/** What an entry counts in the ratio, bytes: making a file or folder takes as long as writing so much. */
const entryCost = 4_096;
/** The same for a folder that is opened again, because the entries come in no order. */
const openCost = 512;

/** Counts what an archive unpacks to, and refuses it as soon as that is too much. */
export class UnpackLimits {
  #bytes = 0;
  #entries = 0;
  /** What the ratio counts: bytes that are written, and the work for entries. */
  #cost = 0;

  /** `archiveBytes`: size of the archive itself. Without limits, everything is allowed: the archive is our own. */
  constructor(private readonly limits: BoxConfig['archives'] | undefined, private readonly archiveBytes: number) {}

  /** The bytes of files, as far as they are promised, with their holes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Counts an entry with the size that it promises, before anything of it is written. `data` is that size without
   * holes. Throws `archive_too_large`.
   */
  entry(size: number, data = size): void {
    this.#entries += 1;
    this.#bytes += size;
    this.#cost += data + entryCost;
    this.#check();
  }

  /** Counts bytes of the archive that belong to no file. Throws `archive_too_large`. */
  overhead(bytes: number): void {
    this.#cost += bytes;
    this.#check();
  }

  /** Counts a folder that was opened again. Throws `archive_too_large`. */
  opened(): void {
    this.overhead(openCost);
  }

  #check(): void {
    if (!this.limits) return;
    const { maxBytes, maxEntries, maxRatio } = this.limits;
    if (this.#entries > maxEntries) throw tooLarge(`more than ${maxEntries} entries`);
    if (this.#bytes > maxBytes) throw tooLarge(`more than ${maxBytes} bytes`);
    if (this.#cost > ratioFreeBytes && this.#cost > maxRatio * this.archiveBytes) {
      throw tooLarge(`more than ${maxRatio} times its own size (each entry counts ${entryCost} bytes more)`);
    }
  }
}

const tooLarge = (what: string): PinkyError => new PinkyError('archive_too_large', `the archive unpacks to ${what}`);
