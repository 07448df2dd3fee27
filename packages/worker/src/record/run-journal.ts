import { existsSync, readFileSync } from 'node:fs';
import { errnoOf, parseObject } from '@pinky/protocol';
import { LineFile } from './line-file.js';

/** One line of a run's journal: an event of the worker, and how far the console had been read when it was written. */
export interface RunJournalEntry {
  readonly type: string;
  /** ISO 8601. */
  readonly ts: string;
  /** The event comes after every console line that starts before this offset, and before every other line. */
  readonly at: number;
  readonly [field: string]: unknown;
}

/** A journal line, with its place in the file. */
export interface PlacedEntry {
  readonly entry: RunJournalEntry;
  readonly start: number;
  readonly end: number;
}

/**
 * The journal of one run, which is only appended to: the worker writes each event down before it acts. The file is made
 * with the first entry.
 */
export class RunJournal {
  #file: LineFile | undefined;
  /**
   * The size of a journal that can only be read. A file system that has become read-only is no reason to let go of a
   * game.
   */
  #readSize = 0;

  constructor(private readonly path: string) {
    if (!existsSync(path)) return;
    try {
      this.#file = new LineFile(path);
    } catch (error) {
      if (errnoOf(error) !== 'EROFS') throw error;
      this.#readSize = readJournal(path).at(-1)?.end ?? 0;
    }
  }

  get size(): number {
    return this.#file?.size ?? this.#readSize;
  }

  /** Throws if the disk is full or read-only. Then the entry is not there. */
  append(entry: RunJournalEntry): PlacedEntry {
    this.#file ??= new LineFile(this.path);
    return { entry, ...this.#file.append(JSON.stringify(entry)) };
  }

  close(): void {
    this.#file?.close();
  }
}

/**
 * The entries from `start` on, which is the beginning of a line. None if there is no journal. A line without an end was
 * cut short by a death.
 */
export function readJournal(path: string, start = 0): PlacedEntry[] {
  const bytes = readOrNothing(path);
  const entries: PlacedEntry[] = [];
  for (let at = start; at < bytes.length;) {
    const newline = bytes.indexOf(10, at);
    if (newline < 0) break;
    const entry = parseObject(bytes.toString('utf8', at, newline));
    // Written by `RunJournal` alone.
    if (entry && 'type' in entry) entries.push({ entry: entry as RunJournalEntry, start: at, end: newline + 1 });
    at = newline + 1;
  }
  return entries;
}

function readOrNothing(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0); // never written, or removed since
  }
}
