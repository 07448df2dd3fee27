import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A place in the log of events: a file, and the bytes of it that were read. */
export interface EventPlace {
  readonly segment: number;
  readonly offset: number;
}

export interface ReadEvents {
  readonly lines: readonly string[];
  readonly place: EventPlace;
  /** There is more to read at once. */
  readonly hasMore: boolean;
  /** Events were removed before they were read. */
  readonly isCut: boolean;
}

const chunkBytes = 256 * 1024;
const lineFeed = 0x0a;

/** Reads the log of events that the queue process writes. It needs no queue. */
export class EventFiles {
  constructor(private readonly dir: string) {}

  /** Behind the newest event. */
  async end(): Promise<EventPlace> {
    const segment = (await this.#segments()).at(-1);
    return segment === undefined ? { segment: 0, offset: 0 } : { segment, offset: await this.#sizeOf(segment) };
  }

  /** Before the oldest event. */
  async beginning(): Promise<EventPlace> {
    return { segment: (await this.#segments())[0] ?? 0, offset: 0 };
  }

  /** Behind the event of that id. Undefined if it is not in the log: it is too old, or never was. */
  async behind(id: string): Promise<EventPlace | undefined> {
    const needle = Buffer.from(`,"id":${JSON.stringify(id)}}\n`);
    for (const segment of (await this.#segments()).toReversed()) {
      const at = await this.#find(segment, needle);
      if (at !== undefined) return { segment, offset: at + needle.length };
    }
    return undefined;
  }

  /** Before the `count` newest events. */
  async beforeLast(count: number): Promise<EventPlace> {
    let wanted = count;
    let place = await this.end();
    for (const segment of (await this.#segments()).toReversed()) {
      const content = await this.#bytes(segment, 0, await this.#sizeOf(segment));
      for (let at = content.lastIndexOf(lineFeed); at >= 0 && wanted > 0; wanted -= 1) {
        at = at === 0 ? -1 : content.lastIndexOf(lineFeed, at - 1);
        place = { segment, offset: at + 1 };
      }
      if (wanted === 0) break;
    }
    return place;
  }

  /** The whole lines from a place on, as many as come at once. */
  async read({ segment, offset }: EventPlace): Promise<ReadEvents> {
    const segments = await this.#segments();
    const oldest = segments[0];
    if (oldest !== undefined && segment < oldest) {
      return { lines: [], place: { segment: oldest, offset: 0 }, hasMore: true, isCut: segment > 0 };
    }
    const bytes = await this.#bytes(segment, offset, offset + chunkBytes);
    const end = bytes.lastIndexOf(lineFeed) + 1;
    const next = segments.find((each) => each > segment);
    if (end === 0 && bytes.length >= chunkBytes) return this.#longLine(segment, offset);
    const lines = end === 0 ? [] : bytes.toString('utf8', 0, end - 1).split('\n');
    // The rest behind the last line end of a file that is followed by another one was cut short.
    const place = end === 0 && next !== undefined ? { segment: next, offset: 0 } : { segment, offset: offset + end };
    return { lines, place, hasMore: end > 0 || next !== undefined, isCut: false };
  }

  /** One event that is longer than a chunk. */
  async #longLine(segment: number, offset: number): Promise<ReadEvents> {
    const bytes = await this.#bytes(segment, offset, await this.#sizeOf(segment));
    const end = bytes.indexOf(lineFeed) + 1;
    const lines = end === 0 ? [] : [bytes.toString('utf8', 0, end - 1)];
    return { lines, place: { segment, offset: offset + end }, hasMore: end > 0, isCut: false };
  }

  async #find(segment: number, needle: Buffer): Promise<number | undefined> {
    const size = await this.#sizeOf(segment);
    for (let from = 0; from < size; from += chunkBytes) {
      const bytes = await this.#bytes(segment, from, from + chunkBytes + needle.length);
      const at = bytes.indexOf(needle);
      if (at >= 0) return from + at;
    }
    return undefined;
  }

  async #segments(): Promise<number[]> {
    const names: string[] = await readdir(this.dir).catch(() => []); // no event has come yet
    return names
      .flatMap((name) => /^(\d{12})\.jsonl$/.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
  }

  async #sizeOf(segment: number): Promise<number> {
    return (await stat(this.#file(segment)).catch(() => undefined))?.size ?? 0; // just removed
  }

  async #bytes(segment: number, from: number, to: number): Promise<Buffer> {
    const file = await open(this.#file(segment)).catch(() => undefined); // just removed, or not there yet
    if (!file) return Buffer.alloc(0);
    try {
      const buffer = Buffer.alloc(Math.max(0, to - from));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  #file(segment: number): string {
    return join(this.dir, `${String(segment).padStart(12, '0')}.jsonl`);
  }
}

/** The server and the id of an event. Its id always stands at its end, so no field of a game can pretend to be it. */
export function idOf(line: string): { readonly id: string; readonly serverId: string } | undefined {
  const [, id, serverId] = /"id":"(([A-Za-z0-9_-]+):[^"]*)"\}$/.exec(line) ?? [];
  return id === undefined || serverId === undefined ? undefined : { id, serverId };
}
