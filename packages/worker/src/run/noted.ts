import { faultText, type CountedFault } from '@pinky/funpack-runner/light';
import type { OwnWarning } from '@pinky/protocol';
import type { RunJournalEntry } from '../record/run-journal.js';

/** Says that a player went out with the game. */
export const gameHasEnded = 'the game has ended';

/** The worker's own notes in a run, apart from what the game said. A successor notes none of it again. */
export class Noted {
  readonly #faults = new Set<unknown>();
  readonly #left = new Set<unknown>();
  readonly #kinds = new Set<unknown>();

  /** `entries` are the notes of the worker before, if there was one. */
  constructor(entries: readonly RunJournalEntry[] = []) {
    for (const { type, fault, kind, user, because } of entries) {
      if (type === 'warning') this.#faults.add(fault);
      if (type === 'warning') this.#kinds.add(kind);
      if (type === 'player_disconnected' && because === gameHasEnded) this.#left.add(user);
    }
  }

  /** The warning about a kind of fault. Undefined if the run has had it. */
  warningOf(fault: CountedFault): OwnWarning | undefined {
    const text = faultText(fault);
    if (this.#faults.has(text)) return undefined;
    this.#faults.add(text);
    return {
      kind: 'unusable_event',
      fault: text,
      message: `the game printed ${text}; the line counts as text, and so does every other one like it`,
    };
  }

  /** Whether the run has had no warning of this kind yet. From now on it has. */
  isFirst(kind: string): boolean {
    const isFirst = !this.#kinds.has(kind);
    this.#kinds.add(kind);
    return isFirst;
  }

  /** Whether it was noted that this player is gone, because the game has ended. */
  hasLeft(name: string): boolean {
    return this.#left.has(name);
  }
}
