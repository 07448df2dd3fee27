/** How much of a field over several lines is waited for: lines and characters. Then it is none. */
const mostLines = 100;
const mostCharacters = 64 * 1024;

/** The lines of a field that goes on in the next line. */
export class HeldLines {
  #lines: string[];

  /** `lines`: those that the reader before has held. */
  constructor(lines: readonly string[] = []) {
    this.#lines = [...lines];
  }

  get all(): readonly string[] {
    return this.#lines;
  }

  /** The line with those that are held before it. */
  with(line: string): string {
    return this.#lines.length === 0 ? line : [...this.#lines, line].join('\n');
  }

  /** Holds one more. False if it is too much: then the field is none. */
  hold(line: string): boolean {
    this.#lines.push(line);
    const characters = this.#lines.reduce((sum, { length }) => sum + length, 0);
    return this.#lines.length <= mostLines && characters <= mostCharacters;
  }

  /** Holds no more, and answers what was held. */
  release(): readonly string[] {
    return this.#lines.splice(0);
  }
}
