import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';

/** One line of a run's journal: an event of the worker's own, and how far the console had been read when it happened. */
export interface JournalEntry {
  readonly type: string;
  /** ISO 8601. */
  readonly ts: string;
  /** The event comes after every console line that starts before this offset, and before every other. */
  readonly at: number;
  readonly [field: string]: unknown;
}

/** A journal line with where it stands in the file. */
export interface PlacedEntry {
  readonly entry: JournalEntry;
  readonly start: number;
  readonly end: number;
}

/** The append-only journal of one run (DESIGN §3): what the worker writes down before it acts. */
export class Journal {
  readonly #fd: number;
  #size: number;

  constructor(private readonly path: string) {
    this.#fd = openSync(path, 'a', 0o600);
    this.#size = fstatSync(this.#fd).size;
    if (this.#size > 0 && !readFileSync(path, 'latin1').endsWith('\n')) this.#size += writeSync(this.#fd, '\n');
  }

  get size(): number {
    return this.#size;
  }

  append(entry: JournalEntry): PlacedEntry {
    const start = this.#size;
    this.#size += writeSync(this.#fd, `${JSON.stringify(entry)}\n`);
    return { entry, start, end: this.#size };
  }

  /** The entries from `start` on. Lines that are not whole JSON are passed over: they were cut short by a death. */
  read(start = 0): PlacedEntry[] {
    return readJournal(this.path, start);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

export function readJournal(path: string, start = 0): PlacedEntry[] {
  const bytes = readFileSync(path);
  const entries: PlacedEntry[] = [];
  for (let at = start; at < bytes.length;) {
    const newline = bytes.indexOf(10, at);
    if (newline < 0) break;
    const entry = parseEntry(bytes.toString('utf8', at, newline));
    if (entry) entries.push({ entry, start: at, end: newline + 1 });
    at = newline + 1;
  }
  return entries;
}

function parseEntry(text: string): JournalEntry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // Written by this class alone.
    return typeof value === 'object' && value !== null && 'type' in value ? (value as JournalEntry) : undefined;
  } catch {
    return undefined;
  }
}
