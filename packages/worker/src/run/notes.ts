import type { Clock, Logger } from '@pinky/protocol';
import type { PlacedEntry, RunJournal, RunJournalEntry } from '../record/run-journal.js';

/** Pause between two attempts to write notes that a full disk refused, milliseconds. */
const retryMs = 500;

export interface NotesOptions {
  readonly journal: Pick<RunJournal, 'append' | 'close'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** How far the console has been read and offered. */
  readonly consoleOffset: () => number;
  readonly onWritten: (placed: PlacedEntry) => void;
}

/** Writes the notes of one run into its journal, in order. A full disk delays them. */
export class Notes {
  /** Oldest first. */
  readonly #waiting: Omit<RunJournalEntry, 'at'>[] = [];
  #retry = new AbortController();
  #onFinished: (() => void) | undefined;

  constructor(private readonly options: NotesOptions) {}

  add(type: string, fields: object): void {
    this.#waiting.push({ ...fields, type, ts: new Date(this.options.clock.wallNow()).toISOString() });
    this.#write();
  }

  /** Closes the journal once all notes are in it, then calls `onFinished`. That is at once, unless the disk is full. */
  finish(onFinished: () => void): void {
    this.#onFinished = onFinished;
    this.#write();
  }

  /** Stops trying. */
  abandon(): void {
    this.#retry.abort();
  }

  #write(): void {
    const { journal, consoleOffset, onWritten, log } = this.options;
    this.#retry.abort();
    try {
      for (let note = this.#waiting[0]; note; note = this.#waiting[0]) {
        // A note's place among the console's lines is set when it is written, so that a second reading finds it there.
        const placed = journal.append({ ...note, at: consoleOffset() } as RunJournalEntry);
        this.#waiting.shift();
        onWritten(placed);
      }
    } catch (error) {
      log.error({ event: 'journal.unwritable', error: String(error), waiting: this.#waiting.length });
      void this.#retryLater();
      return;
    }
    this.#finished();
  }

  async #retryLater(): Promise<void> {
    this.#retry = new AbortController();
    if (await this.options.clock.rest(retryMs, this.#retry.signal)) this.#write();
  }

  #finished(): void {
    const onFinished = this.#onFinished;
    if (!onFinished) return;
    this.#onFinished = undefined;
    this.options.journal.close();
    onFinished();
  }
}
