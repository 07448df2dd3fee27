/** How many console lines are kept for the report of a failure, and how many characters of each. */
const linesKept = 20;
const charactersKept = 500;
/** How many lines are gathered, and how many characters of them in all. */
const linesGathered = 1_000;
const charactersGathered = 64 * 1024;

/** The newest lines of a console, as they may be shown. */
export class LastLines {
  readonly #lines: string[] = [];
  #gathered: string[] | undefined;
  #room = 0;

  constructor(private readonly shown: (line: string) => string = (line) => line) {}

  add(line: string): void {
    // A slice of a long string would keep all of it in memory.
    const kept = line.length > charactersKept ? Buffer.from(line.slice(0, charactersKept)).toString() : line;
    this.#lines.push(kept);
    this.#room -= kept.length;
    if (this.#room > 0 && (this.#gathered?.length ?? 0) < linesGathered) this.#gathered?.push(kept);
    if (this.#lines.length > linesKept) this.#lines.shift();
  }

  /** Keeps the lines that come from now on, the first ones of them. Answers a look at them. */
  gather(): () => readonly string[] {
    const gathered: string[] = [];
    this.#gathered = gathered;
    this.#room = charactersGathered;
    return () => gathered.map(this.shown);
  }

  /** Oldest first. */
  get all(): readonly string[] {
    return this.#lines.map(this.shown);
  }
}
