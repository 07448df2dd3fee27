import { existsSync, statSync } from 'node:fs';
import type { CountedFault, Encoding, Reading } from '@pinky/funpack-runner/light';
import type {
  Clock, GameEvent, Logger, NotedFields, NotedType, PendingEvent, RunPaths,
} from '@pinky/protocol';
import { ConsoleArchive } from '../console/archive.js';
import { earlierLines } from '../console/earlier-lines.js';
import { ConsoleTimes } from '../console/console-times.js';
import type { FollowerOptions } from '../console/follower.js';
import { LineSplitter, type ConsoleLine } from '../console/line-splitter.js';
import type { ConsoleFollower } from '../machine/machine.js';
import type { EventBatch } from '../publish/event-batch.js';
import { EventJson, type EventNames } from '../publish/event-json.js';
import type { Checkpoint } from '../record/checkpoint.js';
import type { Position } from '../record/position.js';
import { Recalled } from '../publish/recalled.js';
import { readJournal, RunJournal, type PlacedEntry, type RunJournalEntry } from '../record/run-journal.js';
import { RunSecrets } from '../secrets/run-secrets.js';
import { LastLines } from './last-lines.js';
import { Notes } from './notes.js';

export interface RunLogOptions {
  readonly names: EventNames;
  /** The files of the run. Their folder is there. */
  readonly paths: RunPaths;
  readonly logDir: string;
  /** Where the history goes when the server goes down. */
  readonly keptDir: string;
  /** How much console history the server keeps, bytes. */
  readonly historyBytes: () => number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where to begin reading: at the checkpoint of the worker before, or at the start. */
  readonly from: Checkpoint;
  readonly follow: (options: FollowerOptions) => ConsoleFollower;
  /** Whether somebody waits for what the game says next. Default: always. */
  readonly isAwaited?: () => boolean;
  /** Makes text of the console's bytes. */
  readonly decode?: Encoding['decode'];
  /** Reads one console line in the game's dialect. */
  readonly read: (line: string) => Reading;
  /** Takes in a note of the worker before which the checkpoint does not hold yet. */
  readonly recall?: (entry: RunJournalEntry) => void;
  /** The secrets of the run, as far as its funpack is known. */
  readonly secrets?: () => RunSecrets;
  /** The state that belongs to the place up to which everything has been read. */
  readonly snapshot: () => Pick<Checkpoint, 'isReady' | 'players' | 'faults' | 'half'>;
  readonly onEvent: (event: GameEvent) => void;
  /** A line names an event, and cannot be used as one. */
  readonly onFault: (fault: CountedFault) => void;
  readonly onLine: (text: string) => void;
  readonly offer: (batch: EventBatch) => void;
}

/**
 * The journal of one run, and its console, which it follows, from the preparation to the end. Every line is handed over
 * once and in order. Every event of console and journal is offered for publishing.
 */
export class RunLog {
  readonly archive: ConsoleArchive;
  readonly lastLines = new LastLines((line) => this.#secrets.mask.text(line));
  readonly #json: EventJson;
  readonly #splitter: LineSplitter;
  readonly #times: ConsoleTimes;
  readonly #notes: Notes;
  readonly #recalled: Recalled;
  #follower: ConsoleFollower | undefined;
  #offered: Position;
  #events: PendingEvent[] = [];
  #lastOutputAt: number;
  #isClosed = false;
  #heard = -1;

  constructor(private readonly options: RunLogOptions) {
    const { paths, from, names, clock, log, logDir, keptDir, historyBytes } = options;
    const journal = new RunJournal(paths.journal);
    const earlier = readJournal(paths.journal, from.journal).map(({ entry }) => entry);
    this.#recalled = new Recalled(earlier, (entry) => options.recall?.(entry));
    this.#json = new EventJson(names);
    this.#splitter = new LineSplitter(from.console, options.decode);
    this.#offered = { console: from.console, journal: journal.size };
    this.#lastOutputAt = clock.now();
    this.#times = new ConsoleTimes(paths.times);
    const before = { console: paths.console, logDir, run: names.run, offset: from.console };
    if (from.console > 0) for (const line of earlierLines(before)) this.lastLines.add(line);
    this.archive = new ConsoleArchive({
      console: paths.console,
      logDir,
      keptDir,
      run: names.run,
      keptBytes: historyBytes,
      mask: () => this.#secrets.mask,
      log,
    });
    this.#notes = new Notes({
      journal,
      clock,
      log,
      consoleOffset: () => this.#offered.console,
      onWritten: (placed) => this.#offerNote(placed),
    });
  }

  get id(): string {
    return this.options.names.run;
  }

  get paths(): RunPaths {
    return this.options.paths;
  }

  /** How far the run has been read and offered. */
  get position(): Position {
    return this.#offered;
  }

  /** Where the line begins that was read last. -1: none was. */
  get heard(): number {
    return this.#heard;
  }

  /** When the console last grew, on the monotonic clock. */
  get lastOutputAt(): number {
    return this.#lastOutputAt;
  }

  /** The run is over: nothing can be noted any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Writes down an event of the worker, then offers it. A full disk delays both. */
  note<Type extends NotedType>(type: Type, fields: NotedFields[Type]): void {
    this.#offerLines();
    this.#notes.add(type, this.#secrets.mask.deep(fields));
  }

  /** Begins to follow the console, which the wrapper has made. */
  follow(): void {
    if (!this.#isClosed) this.#reader().start();
  }

  /** The game was given an order, and somebody may wait for its answer. */
  expectAnswer(): void {
    this.#follower?.hurry();
  }

  /**
   * Reads everything that is there now. After the game's end, nothing more comes: the last line may have no newline.
   */
  readToEnd(hasEnded: boolean): void {
    if (this.#isClosed) return;
    if (existsSync(this.paths.console)) {
      this.#reader().catchUp();
      if (hasEnded) this.#splitter.flush((line) => this.#hear(line));
    }
    this.#offerLines();
  }

  /**
   * Stops following. No note is taken from now on. Calls `onWritten` once all notes are on disk: at once, unless the
   * disk is full.
   */
  close(onWritten: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#follower?.close();
    this.#notes.finish(onWritten);
  }

  /** Ends everything, even the wait for space on the disk. */
  abandon(): void {
    this.close(() => undefined);
    this.#notes.abandon();
  }

  /** Puts the whole console of a finished run into the history. */
  archiveAll(): void {
    if (existsSync(this.paths.console)) this.archive.archive(statSync(this.paths.console).size, true);
  }

  get #secrets(): RunSecrets {
    return this.options.secrets?.() ?? RunSecrets.none;
  }

  #reader(): ConsoleFollower {
    return this.#follower ??= this.options.follow({
      path: this.paths.console,
      offset: this.#splitter.position,
      onBytes: (bytes) => this.#take(bytes),
      onIdle: () => this.archive.archive(this.#splitter.position),
      isAwaited: () => this.options.isAwaited?.() ?? true,
    });
  }

  #take(bytes: Buffer): void {
    this.#lastOutputAt = this.options.clock.now();
    this.#times.mark(this.#splitter.position, this.options.clock.wallNow());
    this.#splitter.push(bytes, (line) => this.#hear(line));
    this.#offerLines();
  }

  #hear(line: ConsoleLine): void {
    this.#heard = line.start;
    this.#recalled.upTo(line.start);
    this.options.onLine(line.text);
    this.lastLines.add(line.text);
    const { events, fault } = this.options.read(line.text);
    if (fault) this.options.onFault(fault);
    if (events.length === 0) return;
    const wallNow = this.options.clock.wallNow();
    for (const [nth, event] of events.entries()) {
      this.#events.push(this.#json.ofLine(line, this.#secrets.event(event), wallNow, nth));
    }
    for (const event of events) this.options.onEvent(event);
  }

  #offerLines(): void {
    const to = { console: this.#splitter.position, journal: this.#offered.journal };
    this.#recalled.upTo(to.console);
    if (to.console === this.#offered.console) return;
    const events = this.#events;
    this.#events = [];
    this.#offer(to, events);
  }

  #offerNote(placed: PlacedEntry): void {
    this.#offer({ console: this.#offered.console, journal: placed.end }, [this.#json.ofEntry(placed)]);
  }

  #offer(to: Position, events: readonly PendingEvent[]): void {
    const from = this.#offered;
    this.#offered = to;
    this.options.offer({ run: this.id, from, to: { ...to, ...this.options.snapshot() }, events });
  }
}
