import { createHash } from 'node:crypto';
import { Pace } from '../archive/pace.js';
import type { TarEntry } from '../tar/tar-entry.js';
import { ListedPaths } from './listed-paths.js';
import type { ManifestEnd, ManifestEntry } from './manifest.js';

/** How much of a SHA-256 is kept for each path, bytes. It is enough to know a content by. */
const keptHash = 16;
const kinds = { d: 1, l: 2, h: 3, f: 4 } as const;
const kindOfEntry = { directory: 'd', symlink: 'l', hardlink: 'h', file: 'f', special: undefined } as const;

/** Compares a world's archives with their manifest, in 50 bytes of memory for each path. */
export class WorldCheck {
  #listed: ListedPaths | undefined;
  #hashes = Buffer.alloc(0);
  #kinds = new Uint8Array(0);
  readonly #pace: Pace;

  static async read(path: string, signal: AbortSignal): Promise<WorldCheck> {
    const check = new WorldCheck(signal);
    check.#listed = await ListedPaths.read(path, signal, (capacity) => {
      check.#hashes = Buffer.alloc(capacity * keptHash);
      check.#kinds = new Uint8Array(capacity);
      return (at, entry) => check.#expect(at, entry);
    });
    return check;
  }

  private constructor(signal: AbortSignal) {
    this.#pace = new Pace(signal, 'verifying was cancelled');
  }

  get end(): ManifestEnd {
    return this.#paths.end;
  }

  /** Reads the archive's own entries. Throws `bad_archive` where there is one of which the manifest says nothing. */
  async archive(entries: AsyncIterable<TarEntry>): Promise<void> {
    for await (const entry of entries) {
      await this.#pace.step();
      await this.#compare(this.#paths.own(entry.path), entry);
    }
  }

  /** Reads the entries of the base that the world needs. */
  async base(entries: AsyncIterable<TarEntry>): Promise<void> {
    for await (const entry of entries) {
      await this.#pace.step();
      const at = this.#paths.inBase(entry.path);
      if (at >= 0) await this.#compare(at, entry);
    }
  }

  /** Throws `bad_archive` where something is missing, and `checksum_mismatch` where a content is another. */
  assertWhole(): Promise<void> {
    return this.#paths.assertAllFound();
  }

  get #paths(): ListedPaths {
    if (!this.#listed) throw new Error('the manifest is read first');
    return this.#listed;
  }

  #expect(at: number, { t, h, l }: ManifestEntry): void {
    this.#kinds[at] = kinds[t];
    const hash = t === 'f' ? Buffer.from(h ?? '', 'hex') : hashOfText(t === 'd' ? '' : l ?? '');
    this.#hashes.fill(0, at * keptHash, (at + 1) * keptHash);
    hash.copy(this.#hashes, at * keptHash, 0, keptHash);
  }

  async #compare(at: number, entry: TarEntry): Promise<void> {
    const kind = kindOfEntry[entry.type];
    const isKind = kind !== undefined && this.#kinds[at] === kinds[kind];
    const hash = entry.type === 'file' ? await this.#hashOf(entry) : hashOfText(entry.linkname);
    const isSame = isKind && hash.compare(this.#hashes, at * keptHash, (at + 1) * keptHash, 0, keptHash) === 0;
    this.#paths.mark(at, isSame);
  }

  /** The parts of a file with holes are hashed after their places: zeros of many gigabytes would take long. */
  async #hashOf({ content, ranges }: TarEntry): Promise<Buffer> {
    const hash = createHash('sha256');
    let left = ranges ? 0 : Infinity;
    let at = 0;
    const begin = (): void => {
      for (let part = ranges?.[at]; left === 0 && part; part = ranges?.[++at]) {
        hash.update(`${part.offset}+${part.length}\n`);
        left = part.length;
      }
    };
    begin();
    for await (const chunk of content) {
      for (let done = 0; done < chunk.length && left > 0;) {
        const bytes = Math.min(left, chunk.length - done);
        hash.update(chunk.subarray(done, done + bytes));
        done += bytes;
        left -= bytes;
        begin();
      }
      await this.#pace.step();
    }
    return hash.digest();
  }
}

const hashOfText = (text: string): Buffer => createHash('sha256').update(text, 'latin1').digest();
