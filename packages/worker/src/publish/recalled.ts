import type { RunJournalEntry } from '../record/run-journal.js';

/**
 * The notes of a run that a reader of its console has not taken in yet. They are handed over in their order, each
 * before the lines that come after it: a list of players that came on another way than the console stands only there.
 */
export class Recalled {
  #next = 0;

  constructor(
    private readonly entries: readonly RunJournalEntry[],
    private readonly recall: (entry: RunJournalEntry) => void,
  ) {}

  /** Hands over the notes that come before a line which starts at this offset. */
  upTo(offset: number): void {
    for (let entry = this.entries[this.#next]; entry && entry.at <= offset; entry = this.entries[this.#next]) {
      this.#next += 1;
      this.recall(entry);
    }
  }
}
