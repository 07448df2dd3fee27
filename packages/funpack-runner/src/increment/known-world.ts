import { createReadStream } from 'node:fs';
import { gunzip } from '../archive/gunzip.js';
import type { ManifestEnd, ManifestEntry } from '../catalogue/manifest.js';
import { fileStart } from './manifest-writer.js';

/** So many paths are kept in memory: some 60 MB. A world with more is always backed up whole. */
const mostPaths = 200_000;
/** The longest line that is taken: a path and a link's target may each have 4,095 bytes, written as six. */
const mostLine = 65_536;

/** The moments that are known of a world besides its manifest. Milliseconds. */
interface Seen {
  /** A later look found the world as the manifest has it, so it counts from then. */
  readonly unchangedAt?: number | undefined;
  /** For how long after a change there may be another one that nothing tells. It is longer than a step of any clock. */
  readonly untoldMs: number;
}

/** A world as the last backup's manifest has it. */
export class KnownWorld {
  /** Lines as they are: so they take a third of the memory of what they say. */
  readonly #lines: ReadonlyMap<string, string>;

  /** A file that changed at this moment or later may have changed once more, without a sign of it. Nanoseconds. */
  readonly #unsureFrom: bigint;

  private constructor(readonly end: ManifestEnd, lines: ReadonlyMap<string, string>, seen: Seen) {
    this.#lines = lines;
    const sureMs = Math.floor(Math.max(end.startedAt, seen.unchangedAt ?? 0) - seen.untoldMs);
    this.#unsureFrom = BigInt(Math.max(0, sureMs)) * 1_000_000n;
  }

  /** Undefined where the manifest is missing, cut off or damaged, or has too many paths. */
  static async read(path: string, seen: Seen): Promise<KnownWorld | undefined> {
    const lines = new Map<string, string>();
    let end: ManifestEnd | undefined = undefined as ManifestEnd | undefined; // it is set in a function
    try {
      await forEachLine(path, (line) => {
        const named = pathIn(line);
        if (named === undefined) end = JSON.parse(line) as ManifestEnd;
        else lines.set(named, line);
        if (lines.size > mostPaths) throw new Error('the world has too many paths');
      });
    } catch {
      return undefined; // the next backup is a full one, and has a manifest of its own
    }
    return end?.version === 1 ? new KnownWorld(end, lines, seen) : undefined;
  }

  /** How many paths it has. */
  get size(): number {
    return this.#lines.size;
  }

  has(path: string): boolean {
    return this.#lines.has(path);
  }

  get(path: string): ManifestEntry | undefined {
    const line = this.#lines.get(path);
    // only Pinky writes manifests, in a folder of its own
    return line === undefined ? undefined : (JSON.parse(line) as ManifestEntry);
  }

  /**
   * The line of a file in the next manifest, if it is the very one of the last backup, by all that the kernel tells,
   * and the base holds it. A file that changed shortly before that backup, or during it, may have been changed once
   * more.
   */
  untouchedLine(now: ManifestEntry): string | undefined {
    const line = this.#lines.get(now.p);
    if (!line?.startsWith(`${fileStart(now)},`) || !this.#isOld(now.ct ?? '')) return undefined;
    if (line.endsWith(',"b":1}')) return line;
    return this.end.kind === 'full' && line.endsWith('"}') ? `${line.slice(0, -1)},"b":1}` : undefined;
  }

  /** Whether the full backup that is the base has this file's content, under this path. */
  holds(entry: ManifestEntry): boolean {
    return entry.t === 'f' && (this.end.kind === 'full' || entry.b === 1);
  }

  #isOld(changed: string): boolean {
    return changed !== '' && BigInt(changed) < this.#unsureFrom;
  }
}

/** The path of a line, which most often stands there as it is. Undefined for the end. */
function pathIn(line: string): string | undefined {
  if (!line.startsWith('{"p":"')) return undefined;
  const path = line.slice(6, line.indexOf('"', 6));
  return path.includes('\\') ? (JSON.parse(line) as ManifestEntry).p : path;
}

const notAscii = /[\x80-\xff]/;

/** Reads a manifest line by line, without a promise for each. */
async function forEachLine(path: string, take: (line: string) => void): Promise<void> {
  let rest = '';
  for await (const chunk of gunzip(createReadStream(path, { highWaterMark: 1 << 18 }))) {
    const text = rest + chunk.toString('latin1');
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const line = text.slice(from, end);
      take(notAscii.test(line) ? Buffer.from(line, 'latin1').toString('utf8') : line);
      from = end + 1;
    }
    rest = text.slice(from);
    if (rest.length > mostLine) throw new Error('a line of the manifest is too long');
  }
}
