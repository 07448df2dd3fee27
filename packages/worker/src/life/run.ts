import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import type { Clock, GameEvent, Logger, PendingEvent, RunPaths } from '@pinky/protocol';
import { ConsoleArchive } from '../console/archive.js';
import { Follower } from '../console/follower.js';
import { LineSplitter, type ConsoleLine } from '../console/line-splitter.js';
import type { Batch, Position } from '../publish/batch.js';
import { consoleEvent, journalEvent, type EventNames } from '../publish/event-json.js';
import { Journal, type JournalEntry } from '../record/journal.js';
import type { Checkpoint, PlayerEntry } from '../record/checkpoint.js';

/** Console lines that are kept for a failure's report. */
const lastLinesKept = 20;
/** Between two attempts to write notes that a full disk refused, milliseconds. */
const retryMs = 1_000;

export interface RunOptions {
  readonly names: EventNames;
  readonly paths: RunPaths;
  readonly logDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where to begin reading: the checkpoint of a predecessor, or the start. */
  readonly from: Checkpoint;
  /** One console line in the game's dialect. */
  readonly read: (line: string) => GameEvent | undefined;
  /** What is true now, to go with what has been read. */
  readonly snapshot: () => { readonly isReady: boolean; readonly players: readonly PlayerEntry[] };
  readonly onEvent: (event: GameEvent) => void;
  readonly onLine: (text: string) => void;
  readonly offer: (batch: Batch) => void;
}

/**
 * One run of a game, from its preparation to its end: its journal, and its console, which it follows. Every line is
 * handed over once and in order, and every event, of the console and of the journal, is offered for publishing.
 */
export class Run {
  readonly id: string;
  readonly journal: Journal;
  readonly archive: ConsoleArchive;
  readonly lastLines: string[] = [];
  readonly #splitter: LineSplitter;
  #follower: Follower | undefined;
  #offered: Position;
  #events: PendingEvent[] = [];
  #lastOutputAt: number;
  #isClosed = false;
  #unwritten: JournalEntry[] = [];
  #retry: NodeJS.Timeout | undefined;

  constructor(private readonly options: RunOptions) {
    const { paths, from, names } = options;
    mkdirSync(paths.dir, { recursive: true, mode: 0o700 });
    this.id = names.run;
    this.journal = new Journal(paths.journal);
    closeSync(openSync(paths.console, 'a', 0o600));
    this.archive = new ConsoleArchive({ console: paths.console, logDir: options.logDir, run: names.run });
    this.#splitter = new LineSplitter(from.console);
    this.#offered = { console: from.console, journal: this.journal.size };
    this.#lastOutputAt = options.clock.now();
  }

  get paths(): RunPaths {
    return this.options.paths;
  }

  /** How far the run has been read and offered. */
  get position(): Position {
    return this.#offered;
  }

  /** When the console last grew, on the monotonic clock. */
  get lastOutputAt(): number {
    return this.#lastOutputAt;
  }

  /** Writes an event of the worker's own down, then offers it. On a full disk it is kept until it can be written. */
  note(type: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#offer();
    const ts = new Date(this.options.clock.wallNow()).toISOString();
    this.#unwritten.push({ ...fields, type, ts, at: this.#splitter.position });
    this.#writeNotes();
  }

  hasNoted(type: string): boolean {
    return this.journal.read().some(({ entry }) => entry.type === type);
  }

  /** Begins to follow the console; the file must be there. */
  follow(): void {
    this.#follower = new Follower({
      path: this.paths.console,
      offset: this.#splitter.position,
      onBytes: (bytes) => this.#take(bytes),
      onIdle: () => this.#archive(this.#splitter.position, false),
    });
    this.#follower.start();
  }

  /** Reads what is there now. After the game's end that is all there will be: the last line may have no newline. */
  readToEnd(hasEnded: boolean): void {
    this.#follower?.catchUp();
    if (!hasEnded) return;
    this.#splitter.flush((line) => this.#line(line));
    this.#offer();
  }

  /** Ends the following; with `hasEnded` the whole console goes into the history. */
  close(hasEnded: boolean): void {
    if (this.#isClosed) return;
    if (this.#unwritten.length > 0) this.#writeNotes();
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#follower?.close();
    if (hasEnded && existsSync(this.paths.console)) this.#archive(statSync(this.paths.console).size, true);
    this.journal.close();
  }

  #writeNotes(): void {
    clearTimeout(this.#retry);
    try {
      for (let entry = this.#unwritten[0]; entry; entry = this.#unwritten[0]) {
        const placed = this.journal.append(entry);
        this.#unwritten.shift();
        const to = { console: this.#offered.console, journal: placed.end };
        this.#hand({ run: this.id, from: this.#offered, to, events: [journalEvent(this.options.names, placed)] });
      }
    } catch (error) {
      this.options.log.error({ event: 'journal.unwritable', error: String(error), waiting: this.#unwritten.length });
      if (!this.#isClosed) this.#retry = setTimeout(() => this.#writeNotes(), retryMs);
    }
  }

  #take(bytes: Buffer): void {
    this.#lastOutputAt = this.options.clock.now();
    this.#splitter.push(bytes, (line) => this.#line(line));
    this.#offer();
  }

  #line(line: ConsoleLine): void {
    this.options.onLine(line.text);
    this.#remember(line.text);
    const event = this.options.read(line.text);
    if (!event) return;
    this.#events.push(consoleEvent(this.options.names, line, event, this.options.clock.wallNow()));
    this.options.onEvent(event);
  }

  #remember(text: string): void {
    this.lastLines.push(text.slice(0, 500));
    if (this.lastLines.length > lastLinesKept) this.lastLines.shift();
  }

  #offer(): void {
    const to = { console: this.#splitter.position, journal: this.#offered.journal };
    if (to.console === this.#offered.console) return;
    const events = this.#events;
    this.#events = [];
    this.#hand({ run: this.id, from: this.#offered, to, events });
    this.#archive(this.#splitter.position, false);
  }

  #hand(batch: Batch): void {
    this.#offered = batch.to;
    this.options.offer({ ...batch, after: this.options.snapshot() });
  }

  #archive(offset: number, all: boolean): void {
    try {
      this.archive.archive(offset, all);
    } catch (error) {
      this.options.log.warn({ event: 'console.unarchived', error: String(error) }); // it stays in the console file
    }
  }
}
