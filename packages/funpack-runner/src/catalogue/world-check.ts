import { createHash } from 'node:crypto';
import { PinkyError } from '@pinky/protocol';
import { Pace } from '../archive/pace.js';
import type { TarEntry } from '../tar/tar-entry.js';
import type { ManifestEnd, ManifestEntry } from './manifest.js';
import { PathIndex } from './path-index.js';
import { countLines, readManifest } from './read-manifest.js';

/** How much of a SHA-256 is kept for each file, bytes. It is enough to know a content by. */
const keptHash = 16;
const inBase = 0x10;
const kinds = { d: 1, l: 2, h: 3, f: 4 } as const;
const kindOfEntry = { directory: 'd', symlink: 'l', hardlink: 'h', file: 'f', special: undefined } as const;
/** What was found for a path: nothing yet, something else than the manifest says, or just that. */
const found = { nothing: 0, other: 1, same: 2 } as const;
const zeros = Buffer.alloc(1 << 18);
/** How many names a failure tells. */
const named = 5;

/** Compares a world's archives with their manifest, in 50 bytes of memory for each path. */
export class WorldCheck {
  readonly #index: PathIndex;
  readonly #hashes: Buffer;
  readonly #kinds: Uint8Array;
  readonly #found: Uint8Array;
  readonly #pace: Pace;
  #end: ManifestEnd | undefined;

  static async read(path: string, signal: AbortSignal): Promise<WorldCheck> {
    const check = new WorldCheck(path, await countLines(path, signal), signal);
    check.#end = await readManifest(path, signal, (entry) => check.#expect(entry));
    return check;
  }

  private constructor(private readonly path: string, lines: number, private readonly signal: AbortSignal) {
    this.#index = new PathIndex(lines);
    this.#hashes = Buffer.alloc(lines * keptHash);
    this.#kinds = new Uint8Array(lines);
    this.#found = new Uint8Array(lines);
    this.#pace = new Pace(signal, 'verifying was cancelled');
  }

  get end(): ManifestEnd {
    if (!this.#end) throw new Error('the manifest is read first');
    return this.#end;
  }

  /** A path that comes twice was packed again: the last line counts, as the last entry does. */
  #expect({ p, t, h, l, b }: ManifestEntry): void {
    const at = this.#index.add(p);
    this.#kinds[at] = kinds[t] | (b === 1 ? inBase : 0);
    const hash = t === 'f' ? Buffer.from(h ?? '', 'hex') : hashOfText(t === 'd' ? '' : l ?? '');
    this.#hashes.fill(0, at * keptHash, (at + 1) * keptHash);
    hash.copy(this.#hashes, at * keptHash, 0, keptHash);
  }

  /** Reads the archive's own entries. Throws `bad_archive` where there is one of which the manifest says nothing. */
  async archive(entries: AsyncIterable<TarEntry>): Promise<void> {
    for await (const entry of entries) {
      await this.#pace.step();
      const at = this.#index.find(withoutSlash(entry.path));
      if (at < 0 || ((this.#kinds[at] ?? 0) & inBase) !== 0) {
        throw new PinkyError('bad_archive', `it holds ${shown(entry.path)}, of which its manifest says nothing`);
      }
      await this.#compare(at, entry);
    }
  }

  /** Reads the entries of the base that the world needs. */
  async base(entries: AsyncIterable<TarEntry>): Promise<void> {
    for await (const entry of entries) {
      await this.#pace.step();
      const at = this.#index.find(withoutSlash(entry.path));
      if (at >= 0 && ((this.#kinds[at] ?? 0) & inBase) !== 0) await this.#compare(at, entry);
    }
  }

  /** Throws `bad_archive` where something is missing, and `checksum_mismatch` where a content is another. */
  async assertWhole(): Promise<void> {
    const missing = await this.#namesOf(found.nothing);
    if (missing.count > 0) throw new PinkyError('bad_archive', `${told(missing)} of its manifest is not in it`);
    const others = await this.#namesOf(found.other);
    if (others.count > 0) {
      throw new PinkyError('checksum_mismatch', `${told(others)} is not as its manifest says`);
    }
  }

  async #compare(at: number, entry: TarEntry): Promise<void> {
    const kind = kindOfEntry[entry.type];
    const isKind = kind !== undefined && ((this.#kinds[at] ?? 0) & ~inBase) === kinds[kind];
    const hash = entry.type === 'file' ? await this.#hashOf(entry) : hashOfText(entry.linkname);
    const isSame = isKind && hash.compare(this.#hashes, at * keptHash, (at + 1) * keptHash, 0, keptHash) === 0;
    this.#found[at] = isSame ? found.same : found.other;
  }

  /** The SHA-256 of a file's content, where holes count as zeros. */
  async #hashOf({ content, ranges, size }: TarEntry): Promise<Buffer> {
    const hash = createHash('sha256');
    const fill = async (bytes: number): Promise<void> => {
      for (let left = bytes; left > 0; left -= zeros.length) {
        hash.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
        await this.#pace.step();
      }
    };
    const parts = [...(ranges ?? [{ offset: 0, length: size }])];
    let written = 0;
    let part = parts.shift();
    for await (const chunk of content) {
      for (let at = 0; at < chunk.length && part;) {
        await fill(part.offset - written);
        written = Math.max(written, part.offset);
        const bytes = Math.min(part.offset + part.length - written, chunk.length - at);
        hash.update(chunk.subarray(at, at + bytes));
        at += bytes;
        written += bytes;
        if (written === part.offset + part.length) part = parts.shift();
      }
      await this.#pace.step();
    }
    await fill(size - written);
    return hash.digest();
  }

  /** The paths that are in this state. The index knows no names, so the manifest is read again where it matters. */
  async #namesOf(state: number): Promise<{ count: number; names: readonly string[] }> {
    const numbers = this.#found.subarray(0, this.#index.size);
    const count = numbers.reduce((sum, each) => sum + Number(each === state), 0);
    const names = new Set<string>();
    if (count > 0) {
      await readManifest(this.path, this.signal, ({ p }) => {
        if (names.size < named && this.#found[this.#index.find(p)] === state) names.add(p);
      });
    }
    return { count, names: [...names] };
  }
}

const hashOfText = (text: string): Buffer => createHash('sha256').update(text, 'latin1').digest();
/** A folder's name ends with a slash in an archive. */
const withoutSlash = (path: string): string => (path.endsWith('/') ? path.replace(/\/+$/, '') : path);
const shown = (path: string): string => JSON.stringify(Buffer.from(path, 'latin1').toString('utf8'));
const told = ({ count, names }: { count: number; names: readonly string[] }): string =>
  names.map(shown).join(', ') + (count > names.length ? ` and ${count - names.length} more` : '');
