import { existsSync, statSync } from 'node:fs';
import { makeDir, type Clock, type GameEvent, type Logger, type PendingEvent, type RunPaths } from '@pinky/protocol';
import { ConsoleArchive } from '../console/archive.js';
import { Follower } from '../console/follower.js';
import { LineSplitter, type ConsoleLine } from '../console/line-splitter.js';
import type { EventBatch, Position } from '../publish/event-batch.js';
import { EventJson, type EventNames } from '../publish/event-json.js';
import { RunJournal, type RunJournalEntry } from '../record/run-journal.js';
import type { Checkpoint, PlayerEntry } from '../record/checkpoint.js';
import { LastLines } from './last-lines.js';

/** Between two attempts to write notes that a full disk refused, milliseconds. */
const retryMs = 500;

export interface RunLogOptions {
  readonly names: EventNames;
  readonly paths: RunPaths;
  readonly logDir: string;
  /** How much console history the server keeps, bytes. */
  readonly historyBytes: () => number;
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
  readonly offer: (batch: EventBatch) => void;
}

/**
 * One run of a game, from its preparation to its end: its journal, and its console, which it follows. Every line is
 * handed over once and in order, and every event, of the console and of the journal, is offered for publishing.
 */
export class RunLog {
  readonly id: string;
  readonly archive: ConsoleArchive;
  readonly lastLines = new LastLines();
  readonly #journal: RunJournal;
  readonly #json: EventJson;
  readonly #splitter: LineSplitter;
  #follower: Follower | undefined;
  #offered: Position;
  #events: PendingEvent[] = [];
  #lastOutputAt: number;
  /** Notes that a full disk refused, oldest first. */
  #unwritten: Omit<RunJournalEntry, 'at'>[] = [];
  #retry: NodeJS.Timeout | undefined;
  #onWritten: (() => void) | undefined;
  #isClosed = false;

  constructor(private readonly options: RunLogOptions) {
    const { paths, from, names, log } = options;
    makeDir(paths.dir);
    this.id = names.run;
    this.#json = new EventJson(names);
    this.#journal = new RunJournal(paths.journal);
    this.archive = new ConsoleArchive({
      console: paths.console,
      logDir: options.logDir,
      run: names.run,
      keptBytes: options.historyBytes,
      log,
    });
    this.#splitter = new LineSplitter(from.console);
    this.#offered = { console: from.console, journal: this.#journal.size };
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

  /** It is over: nothing can be noted any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Writes an event of the worker's own down, then offers it. On a full disk it is kept until it can be written. */
  note(type: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#offer();
    this.#unwritten.push({ ...fields, type, ts: new Date(this.options.clock.wallNow()).toISOString() });
    this.#writeNotes();
  }

  /** Begins to follow the console, which the wrapper has made. */
  follow(): void {
    if (!this.#isClosed) this.#reader().start();
  }

  /** The game was given an order, and somebody may wait for what it says to that. */
  expectAnswer(): void {
    this.#follower?.hurry();
  }

  /** Reads what is there now. After the game's end that is all there will be: the last line may have no newline. */
  readToEnd(hasEnded: boolean): void {
    if (this.#isClosed || !existsSync(this.paths.console)) return;
    this.#reader().catchUp();
    if (!hasEnded) return;
    this.#splitter.flush((line) => this.#line(line));
    this.#offer();
  }

  /**
   * Ends the following; no note is taken from here on. `onWritten` is called once all that were taken are on disk:
   * at once, unless the disk is full.
   */
  close(onWritten: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#follower?.close();
    this.#onWritten = onWritten;
    this.#writeNotes();
  }

  /** Ends everything, also the wait for space on the disk. */
  abandon(): void {
    this.close(() => undefined);
    clearTimeout(this.#retry);
  }

  /** The whole console of a run that is over goes into the history. */
  archiveAll(): void {
    if (existsSync(this.paths.console)) this.archive.archive(statSync(this.paths.console).size, true);
  }

  #reader(): Follower {
    return this.#follower ??= new Follower({
      path: this.paths.console,
      offset: this.#splitter.position,
      onBytes: (bytes) => this.#take(bytes),
      onIdle: () => this.archive.archive(this.#splitter.position),
    });
  }

  #writeNotes(): void {
    clearTimeout(this.#retry);
    try {
      for (let note = this.#unwritten[0]; note; note = this.#unwritten[0]) {
        // Its place among the console's lines is where it is written, so that a second reading finds it there.
        const placed = this.#journal.append({ ...note, at: this.#offered.console } as RunJournalEntry);
        this.#unwritten.shift();
        const to = { console: this.#offered.console, journal: placed.end };
        this.#hand(to, [this.#json.ofEntry(placed)]);
      }
    } catch (error) {
      this.options.log.error({ event: 'journal.unwritable', error: String(error), waiting: this.#unwritten.length });
      this.#retry = setTimeout(() => this.#writeNotes(), retryMs);
      return;
    }
    this.#settle();
  }

  #settle(): void {
    const onWritten = this.#onWritten;
    if (!onWritten) return;
    this.#onWritten = undefined;
    this.#journal.close();
    onWritten();
  }

  #take(bytes: Buffer): void {
    this.#lastOutputAt = this.options.clock.now();
    this.#splitter.push(bytes, (line) => this.#line(line));
    this.#offer();
  }

  #line(line: ConsoleLine): void {
    this.options.onLine(line.text);
    this.lastLines.add(line.text);
    const event = this.options.read(line.text);
    if (!event) return;
    this.#events.push(this.#json.ofLine(line, event, this.options.clock.wallNow()));
    this.options.onEvent(event);
  }

  #offer(): void {
    const to = { console: this.#splitter.position, journal: this.#offered.journal };
    if (to.console === this.#offered.console) return;
    const events = this.#events;
    this.#events = [];
    this.#hand(to, events);
  }

  #hand(to: Position, events: readonly PendingEvent[]): void {
    const from = this.#offered;
    this.#offered = to;
    this.options.offer({ run: this.id, from, to: { ...to, ...this.options.snapshot() }, events });
  }
}
