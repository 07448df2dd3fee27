import { PinkyError, type BoxConfig } from '@pinky/protocol';
import { dataBytes, type EntryHead } from '../tar/tar-entry.js';

/** Below this many bytes any ratio is allowed: a few empty files compress without bound and do no harm. */
const ratioFreeBytes = 32 * 1024 * 1024;
/** The share of an entry in the ratio, bytes: making and removing a file takes as long as writing so much. */
const entryCost = 16_384;
/** The same for a smaller step, such as opening a folder again because the entries come in no order. */
const stepCost = 4_096;
/** The same for a part of a sparse file, which is written by a call of its own. */
const partCost = 512;

/** Counts what an archive unpacks to, and refuses it as soon as that is too much. */
export class UnpackLimits {
  #bytes = 0;
  #entries = 0;
  /** The bytes that the ratio counts: bytes that are written, and the work for entries. */
  #cost = 0;

  /**
   * `archiveBytes`: size of the archive itself. Without limits, everything is allowed: the archive is our own.
   * `mostBytes`: the space that the files may take, whatever the archive is.
   */
  constructor(
    private readonly limits: BoxConfig['archives'] | undefined,
    private readonly archiveBytes: number,
    private readonly mostBytes = Number.POSITIVE_INFINITY,
  ) {}

  /** The bytes of files, as far as they are promised, with their holes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Counts an entry with the size that it promises, before anything of it is written. Throws `archive_too_large` or
   * `over_quota`.
   */
  entry(entry: Pick<EntryHead, 'size' | 'ranges' | 'attributes'>): void {
    this.#entries += 1;
    this.#bytes += entry.size;
    this.#cost += dataBytes(entry) + entryCost + entry.attributes.size * stepCost;
    this.#cost += (entry.ranges?.length ?? 0) * partCost;
    this.#check();
  }

  /** Counts a folder that is made. One on the way to an entry has no entry of its own. Throws `archive_too_large`. */
  folder(): void {
    this.#entries += 1;
    this.overhead(2 * entryCost);
  }

  /** Counts bytes of the archive that belong to no file. Throws `archive_too_large`. */
  overhead(bytes: number): void {
    this.#cost += bytes;
    this.#check();
  }

  /** Counts calls of the kernel beyond those for each entry. Throws `archive_too_large`. */
  steps(count = 1): void {
    this.overhead(count * stepCost);
  }

  #check(): void {
    if (this.#bytes > this.mostBytes) throw overQuota(this.mostBytes);
    if (!this.limits) return;
    const { maxBytes, maxEntries, maxRatio } = this.limits;
    if (this.#entries > maxEntries) throw tooLarge(`more than ${maxEntries} entries`);
    if (this.#bytes > maxBytes) throw tooLarge(`more than ${maxBytes} bytes`);
    if (this.#cost > ratioFreeBytes && this.#cost > maxRatio * this.archiveBytes) {
      throw tooLarge(`more than ${maxRatio} times its own size (an entry counts ${entryCost / 1024} KiB more)`);
    }
  }
}

/** The space that is there for something was given to it; `limits.disk` says how much that is. */
export const overQuota = (mostBytes: number): PinkyError =>
  new PinkyError('over_quota', `it takes more than the ${mostBytes} bytes that the server may still take`);

const tooLarge = (what: string): PinkyError => new PinkyError('archive_too_large', `the archive unpacks to ${what}`);
