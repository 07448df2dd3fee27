import { utf8, type Encoding } from '@pinky/funpack-runner/light';

/** One console line: its text, the offset of its start, and the offset of the byte after it. */
export interface ConsoleLine {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A line without a newline is cut here, bytes. So a game that prints 100 MB without one costs no memory. */
export const longestLine = 64 * 1024;

const newline = 10;

/**
 * Cuts a console file into lines. The file is read in order, from the start of a line. Invalid bytes become U+FFFD. A
 * carriage return before the newline is dropped. Only offsets decide where an over-long line is cut, so a second
 * reading from any line's start finds the same lines.
 */
export class LineSplitter {
  #rest: Buffer | undefined;
  #offset: number;

  /** `offset` is the place of the first byte in the file. `decode` makes text of bytes; default UTF-8. */
  constructor(offset: number, private readonly decode: Encoding['decode'] = utf8.decode) {
    this.#offset = offset;
  }

  /** The start of the line that is not whole yet. Everything before it has been delivered. */
  get position(): number {
    return this.#offset;
  }

  /** Calls `take` for each line that this chunk completes. The chunk may be used again afterwards. */
  push(chunk: Buffer, take: (line: ConsoleLine) => void): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const found = bytes.indexOf(newline, at);
      const end = found < 0 ? bytes.length : found;
      if (end - at > longestLine) {
        at = this.#deliver(bytes, at, at + longestLine, at + longestLine, take);
        continue;
      }
      if (found < 0) break;
      at = this.#deliver(bytes, at, found, found + 1, take);
    }
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
  }

  /** Delivers the last line of a run, if it has no newline. */
  flush(take: (line: ConsoleLine) => void): void {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#deliver(rest, 0, rest.length, rest.length, take);
  }

  #deliver(bytes: Buffer, from: number, to: number, next: number, take: (line: ConsoleLine) => void): number {
    const start = this.#offset;
    this.#offset += next - from;
    const textEnd = to > from && bytes[to - 1] === 13 ? to - 1 : to;
    take({ text: this.decode(bytes, from, textEnd), start, end: this.#offset });
    return next;
  }
}
