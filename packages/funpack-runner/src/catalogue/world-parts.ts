import { PinkyError } from '@pinky/protocol';
import { Pace } from '../archive/pace.js';
import type { TarEntry } from '../tar/tar-entry.js';
import { ListedPaths } from './listed-paths.js';
import type { ManifestEnd } from './manifest.js';

/** Puts the world of an increment together out of two archives, by its manifest. */
export class WorldParts {
  #listed: ListedPaths | undefined;
  #modes = new Uint16Array(0);
  #times = new BigInt64Array(0);

  static async read(path: string, signal: AbortSignal): Promise<WorldParts> {
    const parts = new WorldParts(signal);
    parts.#listed = await ListedPaths.read(path, signal, (capacity) => {
      parts.#modes = new Uint16Array(capacity);
      parts.#times = new BigInt64Array(capacity);
      return (at, { m, mt }) => {
        parts.#modes[at] = m;
        parts.#times[at] = BigInt(mt ?? 0);
      };
    });
    return parts;
  }

  private constructor(private readonly signal: AbortSignal) {}

  get end(): ManifestEnd {
    return this.#paths.end;
  }

  /**
   * The entries of the world: the files that the base holds, with the modes and times that they have now, then those of
   * the increment. Anything that the manifest does not list was deleted since. Throws `bad_archive` at the end where a
   * path is in neither.
   */
  async *entries(
    base: AsyncIterable<TarEntry>,
    increment: () => Promise<AsyncIterable<TarEntry>>,
  ): AsyncGenerator<TarEntry> {
    const pace = new Pace(this.signal, 'the restore was cancelled');
    for await (const entry of base) {
      await pace.step();
      const at = this.#paths.inBase(entry.path);
      if (at < 0) continue;
      if (entry.type !== 'file') throw new PinkyError('bad_archive', 'its base holds a link where it needs a file');
      this.#paths.mark(at, true);
      yield { ...entry, mode: this.#modes[at] ?? 0, mtimeNs: this.#times[at] ?? 0n };
    }
    for await (const entry of await increment()) {
      this.#paths.mark(this.#paths.own(entry.path), true);
      yield entry;
    }
    await this.#paths.assertAllFound();
  }

  get #paths(): ListedPaths {
    if (!this.#listed) throw new Error('the manifest is read first');
    return this.#listed;
  }
}
