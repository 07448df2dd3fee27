import type { ManifestEntry } from '../catalogue/manifest.js';
import type { KnownWorld } from './known-world.js';
import type { ManifestWriter } from './manifest-writer.js';

/** Too much has changed for an increment: a full backup is the better one. */
export class Outgrown extends Error {
  constructor() {
    super('too much of the world has changed for an increment');
  }
}

/**
 * Writes down each path of a world that is being packed, and says what need not be packed: a file that the base holds
 * already. Without a known world everything is packed.
 */
export class Ledger {
  #bytes = 0;
  #packedBytes = 0;
  #hasChanges = false;
  #seen = 0;

  constructor(
    private readonly writer: ManifestWriter,
    private readonly known: KnownWorld | undefined,
    /** How many bytes of files an increment may have. */
    private readonly mostBytes: number,
  ) {}

  /** Whether anything is another than at the last backup: a path that was added, changed or removed. */
  get hasChanges(): boolean {
    return this.#hasChanges || (this.known !== undefined && this.#seen < this.known.size);
  }

  /** The bytes of all files of the world. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A file of the world has its turn. */
  comes({ s = 0 }: ManifestEntry): void {
    this.#bytes += s;
  }

  /** False where it is plain that nobody knows the path. */
  mayKnow(path: string): boolean {
    return this.known?.has(path) ?? false;
  }

  /** Writes a file down as the base holds it, if nothing at all has touched it since the last backup. */
  keepsUntouched(entry: ManifestEntry): boolean {
    const line = this.known?.untouchedLine(entry);
    if (line === undefined) return false;
    this.#seen += 1;
    this.writer.addLine(line);
    return true;
  }

  /** The same for a file that was touched, and perhaps not changed: its hash tells. */
  perhapsSame(entry: ManifestEntry): ManifestEntry | undefined {
    const old = this.known?.get(entry.p);
    if (!old || old.t !== 'f' || old.s !== entry.s || old.x !== entry.x) return undefined;
    // a large file that was written to has changed: to read it twice would cost more than it saves
    if (old.mt !== entry.mt) this.#assertFits(entry.s ?? 0);
    return this.#inBase(entry, old);
  }

  /** A file's content is about to be packed. Throws `Outgrown`. */
  packs(entry: ManifestEntry): void {
    this.#assertFits(entry.s ?? 0);
    this.#packedBytes += entry.s ?? 0;
  }

  /** This is what the backup has of a path. Throws `Outgrown` where nothing may have changed. */
  tell(entry: ManifestEntry): void {
    this.writer.add(entry);
    const old = this.known?.get(entry.p);
    if (old) this.#seen += 1;
    if (!this.known || (old && isEqual(old, entry))) return;
    this.changedMeanwhile();
    this.#assertFits(0);
  }

  /** A file changed while it was read. */
  changedMeanwhile(): void {
    this.#hasChanges = true;
    this.writer.flow();
  }

  #inBase(entry: ManifestEntry, old: ManifestEntry): ManifestEntry | undefined {
    if (old.t !== 'f' || old.h === undefined || !this.known?.holds(old)) return undefined;
    const { x: _, ...rest } = entry;
    return { ...rest, ...(old.x !== undefined && { x: old.x }), h: old.h, b: 1 };
  }

  #assertFits(bytes: number): void {
    if (this.known && this.#packedBytes + bytes > this.mostBytes) throw new Outgrown();
  }
}

/**
 * A folder's time is none of its content: it changes with each file that comes and goes within. Other names of a file
 * have all they have from the first one.
 */
function isEqual(old: ManifestEntry, now: ManifestEntry): boolean {
  if (old.t !== now.t || old.l !== now.l) return false;
  if (now.t === 'h') return true;
  const isFolder = now.t === 'd';
  return old.m === now.m && old.x === now.x && old.s === now.s && old.h === now.h && (isFolder || old.mt === now.mt);
}
