import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Two marks are at least so far apart, milliseconds. */
const markMs = 5_000;
/** A file with more marks is thinned out: every second one goes. */
const mostMarks = 20_000;

/**
 * Marks in a file beside the console when the game wrote what: `<offset> <Unix milliseconds>`, a line for each mark.
 * The bytes from an offset on came at that time or later. Without the file, `pinky logs --since` is less exact, and
 * nothing else depends on it.
 */
export class ConsoleTimes {
  #markedAt = -Infinity;
  #marks: number | undefined;

  constructor(private readonly path: string) {}

  /** Bytes have come; those from `offset` on are new. */
  mark(offset: number, wallNow: number): void {
    // a clock that was set back marks anew
    if (wallNow >= this.#markedAt && wallNow - this.#markedAt < markMs) return;
    this.#markedAt = wallNow;
    try {
      appendFileSync(this.path, `${offset} ${Math.round(wallNow)}\n`, { mode: 0o600 });
      this.#marks = (this.#marks ?? marksIn(this.path).length) + 1;
      if (this.#marks > mostMarks) this.#thinOut();
    } catch {
      // a full disk costs a mark
    }
  }

  #thinOut(): void {
    const kept = marksIn(this.path).filter((_, at) => at % 2 === 0);
    writeFileSync(`${this.path}.tmp`, kept.map((mark) => `${mark}\n`).join(''), { mode: 0o600 });
    renameSync(`${this.path}.tmp`, this.path);
    this.#marks = kept.length;
  }
}

const marksIn = (path: string): string[] => readFileSync(path, 'utf8').split('\n').filter((line) => line !== '');
