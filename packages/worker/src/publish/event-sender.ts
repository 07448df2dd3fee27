import { errnoOf, type Clock, type Cursor, type Message, type PendingEvent } from '@pinky/protocol';
import type { Checkpoint } from '../record/checkpoint.js';
import { isAtOrBefore, isSame, startOfRun, type EventBatch, type Position } from './event-batch.js';
import type { Range } from './derive.js';
import { shedOldest, unpublishedBytes, type Shed } from './drop-oldest.js';

/** Default of `mostWaitingBytes`. */
const usualWaitingBytes = 512 * 1024;
/** A batch that is not answered is sent again after this time, milliseconds. Redis being away is one cause. */
const resendMs = 5_000;
/** Batches that are read from files in one turn of the event loop. */
const batchesPerTurn = 8;

export interface PublishedRun {
  readonly id: string;
  /** How far the run has been read. */
  live: Position;
  /** Everything before has reached Redis, or holds no event; with what was true there. */
  acked: Checkpoint;
  /** Where Redis said that the run's cursor stands. */
  cursor: Position;
  isComplete: boolean;
}

export interface EventSenderOptions {
  readonly serverId: string;
  readonly clock: Clock;
  /**
   * Events that were read while a batch is on its way wait in memory up to this size of their JSON; what is more is
   * read from the files again. Default 512 KiB.
   */
  readonly mostWaitingBytes?: number;
  /** False while there is no queue. */
  readonly send: (message: Message) => boolean;
  /** Reads a range again from the run's files. Throws ENOENT where they are gone. */
  readonly derive: (run: string, range: Range) => EventBatch;
  /** A place of the run before which nothing is needed any more: for when Redis has lost what it had confirmed. */
  readonly earliest: (run: string) => Checkpoint;
  readonly onAcked: (batch: EventBatch) => void;
  /** The run is complete and all of it is published: its files are no longer needed. */
  readonly onRunPublished: (run: string) => void;
  /** Redis knows a run that is newer than all of ours: from another box, or from before our files were lost. */
  readonly onNewerRun: (run: string) => void;
  /** This part of a run will never be published: its files are gone, or Redis holds a newer run. */
  readonly onLost: (run: string, from: Position, to: Position, why: string) => void;
  /** How much of the console may be unpublished, bytes. Default: any amount. */
  readonly limitBytes?: () => number;
  /** More was unpublished than may be: the oldest of it was let go. */
  readonly onShed?: (shed: Shed) => void;
  readonly onIdle: () => void;
}

/**
 * Brings a server's events to the queue, exactly once and in order. One batch is on its way at a time, and it begins
 * where Redis is known to stand: so none can overtake one that was lost. Events that have just been read go out from
 * memory; while the queue is away, or slow, nothing is kept there, and what it missed is read from the files again.
 * What comes twice, because an answer was lost, Redis's cursor refuses (DESIGN §3).
 */
export class EventSender {
  readonly #runs: PublishedRun[] = [];
  #inFlight: EventBatch | undefined;
  #waiting:
    | {
        readonly run: string;
        readonly from: Position;
        to: Checkpoint;
        readonly events: PendingEvent[];
        bytes: number;
      }
    | undefined;
  /** The queue has told where Redis's cursor stands since the last connection. */
  #isSynced = false;
  #sentCount = 0;
  #isWatching = false;
  #isPumping = false;
  #isDue = false;
  #isShedding = false;

  constructor(private readonly options: EventSenderOptions) {}

  /** Everything that was read is published. */
  get isIdle(): boolean {
    return this.#runs.every(({ isComplete, acked, live }) => !isComplete && isSame(acked, live));
  }

  /** There is no run whose events might still come. */
  get isDone(): boolean {
    return this.#runs.length === 0;
  }

  get isConnected(): boolean {
    return this.#isSynced;
  }

  /** How far a run is published; undefined where it is not known (any more). */
  acked(run: string): Checkpoint | undefined {
    return this.#find(run)?.acked;
  }

  /** Takes a run in, after every run that is older. `acked` is where its checkpoint stands. */
  addRun(id: string, acked: Checkpoint, live: Position, isComplete: boolean): void {
    this.#runs.push({ id, acked, live, cursor: startOfRun, isComplete });
    this.#pump();
  }

  /** Events that have just been read. */
  offer(batch: EventBatch): void {
    const run = this.#find(batch.run);
    if (!run) return;
    run.live = batch.to;
    if (run === this.#runs[0] && !this.#isDue) this.#take(run, batch);
    this.#shed();
    this.#pump();
  }

  /** The run has ended and has been read to its end. */
  completeRun(id: string): void {
    const run = this.#find(id);
    if (!run) return;
    run.isComplete = true;
    this.#pump();
  }

  disconnected(): void {
    this.#isSynced = false;
    this.#forget();
  }

  /** What the queue says of Redis: an answer to `events`, or the cursor after a connection or after Redis's return. */
  published(cursor: Cursor): void {
    const batch = this.#inFlight;
    if (this.#isSynced && batch && batch.run === cursor.run && isAtOrBefore(batch.to, cursor)) this.#ack(batch);
    else this.#synchronise(cursor);
    const run = this.#find(cursor.run);
    if (run) run.cursor = { console: cursor.console, journal: cursor.journal };
    this.#pump();
  }

  #find(id: string): PublishedRun | undefined {
    return this.#runs.find((run) => run.id === id);
  }

  #forget(): void {
    this.#inFlight = undefined;
    this.#waiting = undefined;
  }

  /** Begins again from what Redis holds. */
  #synchronise(cursor: Cursor): void {
    this.#isSynced = true;
    this.#forget();
    if (this.#runs.every(({ id }) => id < cursor.run)) this.options.onNewerRun(cursor.run);
    for (const run of this.#runs.filter(({ id }) => id < cursor.run)) this.#overtaken(run);
    const run = this.#runs[0];
    if (!run) return;
    const now = run.id === cursor.run ? cursor : startOfRun;
    // Redis came back without what it had confirmed: what the files still hold is published again.
    if (!isAtOrBefore(run.cursor, now)) run.acked = this.options.earliest(run.id);
    run.cursor = { console: now.console, journal: now.journal };
  }

  /** Redis holds events of a newer run. Runs are published in order, so a complete one was published whole. */
  #overtaken(run: PublishedRun): void {
    if (run.isComplete) return this.#drop(run);
    if (!isSame(run.acked, run.live)) this.#lose(run, 'Redis holds a newer run of this server');
  }

  #lose(run: PublishedRun, why: string): void {
    const [from, to] = [run.acked, run.live];
    run.acked = { ...from, ...to };
    this.options.onLost(run.id, from, to, why);
  }

  /**
   * Lets the oldest events go where too much waits. What is on its way stays so: whether it comes nobody can know, and
   * nothing else of what is let go is to come after all.
   */
  #shed(): void {
    const limitBytes = this.options.limitBytes?.() ?? Infinity;
    if (this.#isShedding || unpublishedBytes(this.#runs) <= limitBytes) return;
    this.#isShedding = true; // saying so is an event too
    this.#waiting = undefined;
    try {
      for (const shed of shedOldest(this.#runs, limitBytes, (run) => this.#next(run), this.#inFlight))
        this.options.onShed?.(shed);
    } finally {
      this.#isShedding = false;
    }
  }

  /** A batch from memory: sent where it is next, kept while another is on its way. */
  #take(run: PublishedRun, batch: EventBatch): void {
    if (!this.#inFlight && isSame(run.acked, batch.from)) {
      if (batch.events.length === 0) this.#ack(batch);
      else if (this.#isSynced) this.#send(batch);
    } else if (this.#inFlight) this.#keep(batch);
  }

  #keep(batch: EventBatch): void {
    const bytes = batch.events.reduce((sum, { json }) => sum + json.length, 0);
    const waiting = this.#waiting ?? { run: batch.run, from: batch.from, to: batch.to, events: [], bytes: 0 };
    if (waiting.bytes + bytes > (this.options.mostWaitingBytes ?? usualWaitingBytes)) {
      this.#waiting = undefined; // read again when its turn comes
      return;
    }
    waiting.to = batch.to;
    waiting.events.push(...batch.events);
    waiting.bytes += bytes;
    this.#waiting = waiting;
  }

  /** Sends what is next, from memory or from files, until a batch is on its way or nothing is left. */
  #pump(): void {
    if (this.#isPumping || this.#isDue) return; // called by one of our own callbacks
    this.#isPumping = true;
    try {
      for (let left = batchesPerTurn; this.#step(); left--) {
        if (left > 0) continue;
        this.#later();
        break;
      }
    } finally {
      this.#isPumping = false;
    }
    if (this.isIdle) this.options.onIdle();
  }

  #later(): void {
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#pump();
    });
  }

  /** True where there may be more to do. */
  #step(): boolean {
    const run = this.#runs[0];
    if (!run || this.#inFlight) return false;
    if (isSame(run.acked, run.live)) {
      if (run.isComplete) this.#drop(run);
      return run.isComplete;
    }
    const batch = this.#isSynced ? this.#next(run) : undefined;
    if (!batch) return false;
    if (batch.events.length === 0) this.#ack(batch);
    else this.#send(batch);
    return true;
  }

  #next(run: PublishedRun): EventBatch | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting && waiting.run === run.id && isSame(waiting.from, run.acked)) return waiting;
    try {
      const batch = this.options.derive(run.id, { from: run.acked, to: run.live, published: run.cursor });
      if (!isSame(batch.from, batch.to)) return batch;
      this.#lose(run, 'its files are shorter than they were');
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      this.#lose(run, 'its files were removed');
    }
    return { run: run.id, from: run.acked, to: run.acked, events: [] };
  }

  #send(batch: EventBatch): void {
    const { run, events, to } = batch;
    if (
      !this.options.send({
        type: 'events',
        serverId: this.options.serverId,
        run,
        events,
        console: to.console,
        journal: to.journal,
      })
    ) {
      this.disconnected();
      return;
    }
    this.#inFlight = batch;
    this.#sentCount++;
    this.#watch();
  }

  /** One timer for all batches, since most are answered within a millisecond. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const count = this.#sentCount;
    void this.options.clock.sleep(resendMs).then(() => {
      this.#isWatching = false;
      if (!this.#inFlight) return;
      if (this.#sentCount !== count) return this.#watch();
      const batch = this.#inFlight;
      this.#forget();
      if (this.#isLetGo(batch)) this.#send(batch);
      else this.#pump();
    });
  }

  /** Whether the events of a batch that is on its way were let go meanwhile. */
  #isLetGo({ run, to }: EventBatch): boolean {
    const acked = this.#find(run)?.acked;
    return acked === undefined || (isAtOrBefore(to, acked) && !isSame(to, acked));
  }

  #ack(batch: EventBatch): void {
    if (this.#inFlight === batch) this.#inFlight = undefined;
    const run = this.#find(batch.run);
    if (!run || this.#isLetGo(batch)) return;
    run.acked = batch.to;
    this.options.onAcked(batch);
  }

  #drop(run: PublishedRun): void {
    this.#runs.splice(this.#runs.indexOf(run), 1);
    this.options.onRunPublished(run.id);
  }
}
