import type { Clock } from '@pinky/protocol/base';
import { ChildrenJournal, type JournaledChild } from './children-journal.js';

/** The part of the time that writing may take: after each writing there is a pause that is this much longer. */
const pausePerWrite = 20;

export interface PacedJournalOptions {
  /** The file. */
  readonly path: string;
  readonly clock: Clock;
  /** The children that run now. */
  readonly entries: () => readonly JournaledChild[];
  /** The journal could not be written. */
  readonly onUnwritten: (children: number) => void;
}

/**
 * Keeps the journal of children that may come and go by hundreds. A change is written at once, unless the journal has
 * just been written: then it waits a few milliseconds, and is written together with all that come meanwhile. Each time
 * the journal is written as a whole, so writing each change by itself would cost the square of their number.
 *
 * A parent that is killed meanwhile loses no child by it. A process that has only just been launched says hello to the
 * next parent by itself, long after such a pause, and holds the lock of what it does.
 */
export class PacedJournal {
  readonly #journal: ChildrenJournal;
  #isDue = false;
  #isClosed = false;
  #pause: AbortController | undefined;

  constructor(private readonly options: PacedJournalOptions) {
    this.#journal = new ChildrenJournal(options.path);
  }

  /** A child has come, gone, or got another name. The changes of one turn are written together. */
  changed(): void {
    if (this.#isDue || this.#isClosed) return;
    this.#isDue = true;
    if (!this.#pause) setImmediate(() => this.#writeIfDue());
  }

  /** The children of the journal that are still alive. */
  survivors(): readonly JournaledChild[] {
    return this.#journal.survivors();
  }

  /** Writes what is true now, and nothing after that. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#pause?.abort();
    this.#write();
  }

  #writeIfDue(): void {
    if (!this.#isDue || this.#pause || this.#isClosed) return;
    const { clock } = this.options;
    const begunAt = clock.now();
    this.#write();
    void this.#rest((clock.now() - begunAt) * pausePerWrite);
  }

  #write(): void {
    const { entries, onUnwritten } = this.options;
    this.#isDue = false;
    const children = entries();
    if (!this.#journal.write(children)) onUnwritten(children.length);
  }

  async #rest(ms: number): Promise<void> {
    this.#pause = new AbortController();
    await this.options.clock.rest(ms, this.#pause.signal);
    this.#pause = undefined;
    this.#writeIfDue();
  }
}
