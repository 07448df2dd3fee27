import { PinkyError } from '@pinky/protocol';
import type { ManifestEnd, ManifestEntry } from './manifest.js';
import { PathIndex } from './path-index.js';
import { countLines, readManifest } from './read-manifest.js';

/** The state of a path while archives are read: not found yet, found as another thing, or found as listed. */
export const found = { nothing: 0, other: 1, same: 2 } as const;
/** How many names a failure tells. */
const named = 5;

/** The paths of a manifest by number, what is in the base, and what was found of them so far. */
export class ListedPaths {
  readonly #index: PathIndex;
  readonly #isInBase: Uint8Array;
  readonly #found: Uint8Array;
  #end: ManifestEnd | undefined;

  /** `prepare` gets how many numbers there may be, before `onEntry` gets each line with its path's number. */
  static async read(
    path: string,
    signal: AbortSignal,
    prepare: (capacity: number) => (at: number, entry: ManifestEntry) => void,
  ): Promise<ListedPaths> {
    const lines = await countLines(path, signal);
    const listed = new ListedPaths(path, lines, signal);
    const onEntry = prepare(lines);
    listed.#end = await readManifest(path, signal, (entry) => {
      // a path that comes twice was packed again: the last line counts, as the last entry does
      const at = listed.#index.add(entry.p);
      listed.#isInBase[at] = entry.b === 1 ? 1 : 0;
      onEntry(at, entry);
    });
    return listed;
  }

  private constructor(private readonly path: string, lines: number, private readonly signal: AbortSignal) {
    this.#index = new PathIndex(lines);
    this.#isInBase = new Uint8Array(lines);
    this.#found = new Uint8Array(lines);
  }

  get end(): ManifestEnd {
    if (!this.#end) throw new Error('the manifest is read first');
    return this.#end;
  }

  /** The number of an entry of the increment or full backup. Throws `bad_archive` where the manifest has none. */
  own(path: string): number {
    const at = this.#index.find(withoutSlash(path));
    if (at >= 0 && this.#isInBase[at] === 0) return at;
    throw new PinkyError('bad_archive', `it holds ${shown(path)}, which its manifest does not name`);
  }

  /** The number of an entry of the base that the world needs. -1 for all others. */
  inBase(path: string): number {
    const at = this.#index.find(withoutSlash(path));
    return at >= 0 && this.#isInBase[at] === 1 ? at : -1;
  }

  mark(at: number, isSame: boolean): void {
    this.#found[at] = isSame ? found.same : found.other;
  }

  /** Throws `bad_archive` where something was not found, and `checksum_mismatch` where it was another thing. */
  async assertAllFound(): Promise<void> {
    const missing = await this.#told(found.nothing);
    if (missing !== undefined) throw new PinkyError('bad_archive', `${missing} of its manifest is not in it`);
    const others = await this.#told(found.other);
    if (others !== undefined) throw new PinkyError('checksum_mismatch', `${others} is not as its manifest says`);
  }

  /** The paths in this state. The index knows no names, so the manifest is read again where it matters. */
  async #told(state: number): Promise<string | undefined> {
    const count = this.#found.subarray(0, this.#index.size).reduce((sum, each) => sum + Number(each === state), 0);
    if (count === 0) return undefined;
    const names = new Set<string>();
    await readManifest(this.path, this.signal, ({ p }) => {
      if (names.size < named && this.#found[this.#index.find(p)] === state) names.add(p);
    });
    return [...names].map(shown).join(', ') + (count > names.size ? ` and ${count - names.size} more` : '');
  }
}

/** A folder's name ends with a slash in an archive. */
const withoutSlash = (path: string): string => (path.endsWith('/') ? path.replace(/\/+$/, '') : path);
const shown = (path: string): string => JSON.stringify(Buffer.from(path, 'latin1').toString('utf8'));
