/** How many console lines are kept for the report of a failure, and how many characters of each. */
const linesKept = 20;
const charactersKept = 500;

/** The newest lines of a console, as they may be shown. */
export class LastLines {
  readonly #lines: string[] = [];

  constructor(private readonly shown: (line: string) => string = (line) => line) {}

  add(line: string): void {
    // A slice of a long string would keep all of it in memory.
    this.#lines.push(line.length > charactersKept ? Buffer.from(line.slice(0, charactersKept)).toString() : line);
    if (this.#lines.length > linesKept) this.#lines.shift();
  }

  /** Oldest first. */
  get all(): readonly string[] {
    return this.#lines.map(this.shown);
  }
}
