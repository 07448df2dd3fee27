import { PinkyError } from '@pinky/protocol';

/** Takes back memory that is no longer used. */
export interface ChunkPool {
  give(chunk: Uint8Array): void;
}

/**
 * Reads exact numbers of bytes from chunks as they come, in bounded memory. The bytes that it hands out are valid until
 * the next call. Then the chunks that are used up go back to the pool.
 */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #queue: Buffer[] = [];
  #queued = 0;
  #ended = false;
  #spent: Buffer | undefined;

  constructor(source: AsyncIterable<Buffer>, private readonly pool?: ChunkPool) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next `length` bytes. Throws `bad_archive`, which names `what` they are, if the source ends before. */
  async read(length: number, what: string): Promise<Buffer> {
    if (!(await this.#fill(length))) {
      throw new PinkyError('bad_archive', `the archive is cut off: it ends within ${what}`);
    }
    return this.#take(length);
  }

  /** The next `length` bytes, if they have come already and lie together. Then nobody has to wait for them. */
  atHand(length: number): Buffer | undefined {
    const first = this.#queue[0];
    if (length === 0 || !first || first.length < length) return undefined;
    this.#giveSpent();
    return this.#take(length);
  }

  /** At most `length` bytes, as many as are at hand. Undefined at the end of the source. */
  async readSome(length: number): Promise<Buffer | undefined> {
    if (!(await this.#fill(1))) return undefined;
    return this.#take(Math.min(length, this.#queue[0]?.length ?? 0));
  }

  /** The next `length` bytes, which stay in place. Fewer if the source ends before. */
  async peek(length: number): Promise<Buffer> {
    await this.#fill(length);
    return this.#join(Math.min(length, this.#queued));
  }

  /** Whether the source has ended and nothing is left. */
  async isAtEnd(): Promise<boolean> {
    return !(await this.#fill(1));
  }

  /** Ends the source too. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#chunks.return?.();
  }

  #giveSpent(): void {
    if (this.#spent) this.pool?.give(this.#spent);
    this.#spent = undefined;
  }

  async #fill(length: number): Promise<boolean> {
    this.#giveSpent();
    while (this.#queued < length && !this.#ended) {
      const next = await this.#chunks.next();
      if (next.done) this.#ended = true;
      else if (next.value.length > 0) {
        this.#queue.push(next.value);
        this.#queued += next.value.length;
      }
    }
    return this.#queued >= length;
  }

  #take(length: number): Buffer {
    const taken = this.#join(length);
    const first = this.#queue[0];
    this.#queued -= length;
    if (first && first.length > length) this.#queue[0] = first.subarray(length);
    else this.#spent = this.#queue.shift();
    return taken;
  }

  /** The first `length` bytes as one piece at the head of the queue. Copied only if they lie in several chunks. */
  #join(length: number): Buffer {
    const first = this.#queue[0];
    if (length === 0 || !first) return Buffer.alloc(0);
    if (first.length >= length) return first.subarray(0, length);
    const joined = Buffer.concat(this.#queue);
    for (const chunk of this.#queue) this.pool?.give(chunk);
    this.#queue = [joined];
    return joined.subarray(0, length);
  }
}
