import type { Cursor, Message } from '@pinky/protocol';
import { isAtOrBefore, isSame, laterOf, startOfRun, type Batch, type Position } from './batch.js';

/** Batches that may be on their way to the queue at once. */
const mostInFlight = 8;

interface PublishedRun {
  readonly id: string;
  /** How far the run has been read. */
  live: Position;
  /** Everything before has reached Redis, or holds no event. */
  acked: Position;
  isComplete: boolean;
}

export interface PublisherOptions {
  readonly serverId: string;
  /** False while there is no queue. */
  readonly send: (message: Message) => boolean;
  /** Reads a range again from the run's files. */
  readonly derive: (run: string, from: Position, to: Position) => Batch;
  readonly onAcked?: (batch: Batch) => void;
  /** The run is complete and all of it is published: its files are no longer needed. */
  readonly onRunPublished?: (run: string) => void;
  readonly onIdle?: () => void;
}

/**
 * Brings a server's events to the queue, exactly once and in order. Events that have just been read go out from memory;
 * while the queue is away, or slow, nothing is kept in memory, and what it missed is read from the run's files again.
 * Exactly once is settled in Redis, by the cursor (DESIGN §3): this end only has to begin where the cursor stands.
 */
export class Publisher {
  readonly #runs: PublishedRun[] = [];
  #sent: Position = startOfRun;
  #inFlight: Batch[] = [];
  /** The queue has told where Redis's cursor stands since the last connection. */
  #isSynced = false;

  constructor(private readonly options: PublisherOptions) {}

  /** Nothing is left to publish. */
  get isIdle(): boolean {
    return this.#runs.every((run) => run.isComplete ? false : isSame(run.acked, run.live)) && this.#inFlight.length === 0;
  }

  get isDone(): boolean {
    return this.#runs.length === 0;
  }

  /** Takes a run in, after every run that is older. `acked` is where its checkpoint stands. */
  addRun(id: string, acked: Position, live: Position, isComplete: boolean): void {
    this.#runs.push({ id, acked, live, isComplete });
    if (this.#runs.length === 1) this.#sent = acked;
    this.#pump();
  }

  /** Events that have just been read. */
  offer(batch: Batch): void {
    const run = this.#runs.find(({ id }) => id === batch.run);
    if (!run) return;
    run.live = batch.to;
    const isNext = run === this.#runs[0] && isSame(this.#sent, batch.from) && this.#inFlight.length < mostInFlight;
    if (isNext && (this.#isSynced || (batch.events.length === 0 && this.#inFlight.length === 0))) this.#send(run, batch);
    else this.#pump();
  }

  /** The run has ended and has been read to its end. */
  completeRun(id: string): void {
    const run = this.#runs.find((known) => known.id === id);
    if (!run) return;
    run.isComplete = true;
    this.#pump();
  }

  disconnected(): void {
    this.#isSynced = false;
    this.#inFlight = [];
    const run = this.#runs[0];
    if (run) this.#sent = run.acked;
  }

  /** What the queue says of Redis: an answer to `events`, or the cursor after a connection or after Redis's return. */
  published(cursor: Cursor): void {
    if (!this.#isSynced || !this.#matchesFlight(cursor)) this.#synchronise(cursor);
    else this.#acknowledge(cursor);
    this.#pump();
  }

  #matchesFlight({ run, console, journal }: Cursor): boolean {
    return this.#inFlight.some((batch) => batch.events.length > 0 && batch.run === run && batch.to.console === console && batch.to.journal === journal);
  }

  #acknowledge({ run, console, journal }: Cursor): void {
    for (;;) {
      const batch = this.#inFlight[0];
      if (!batch) return;
      const isCovered = batch.events.length === 0 || (batch.run === run && isAtOrBefore(batch.to, { console, journal }));
      if (!isCovered) return;
      this.#inFlight.shift();
      this.#ack(batch);
    }
  }

  #synchronise(cursor: Cursor): void {
    this.#isSynced = true;
    this.#inFlight = [];
    for (let run = this.#runs[0]; run && run.id < cursor.run && run.isComplete; run = this.#runs[0]) this.#drop(run);
    const run = this.#runs[0];
    if (!run) return;
    if (run.id === cursor.run) run.acked = laterOf(run.acked, { console: Math.min(cursor.console, run.live.console), journal: Math.min(cursor.journal, run.live.journal) });
    this.#sent = run.acked;
  }

  #pump(): void {
    for (let run = this.#runs[0]; run; run = this.#runs[0]) {
      if (isSame(this.#sent, run.live)) {
        if (!run.isComplete || this.#inFlight.length > 0) break;
        this.#drop(run);
        continue;
      }
      if (!this.#isSynced || this.#inFlight.length >= mostInFlight) break;
      const batch = this.options.derive(run.id, this.#sent, run.live);
      if (isSame(batch.from, batch.to)) break; // its files are gone: nothing can be read again
      if (!this.#send(run, batch)) break;
    }
    if (this.isDone || this.isIdle) this.options.onIdle?.();
  }

  #send(run: PublishedRun, batch: Batch): boolean {
    if (batch.events.length > 0) {
      const { run: id, events, to } = batch;
      if (!this.options.send({ type: 'events', serverId: this.options.serverId, run: id, events, console: to.console, journal: to.journal })) return false;
    }
    this.#sent = batch.to;
    if (batch.events.length === 0 && this.#inFlight.length === 0) this.#ack(batch);
    else this.#inFlight.push(batch);
    return run === this.#runs[0];
  }

  #ack(batch: Batch): void {
    const run = this.#runs.find(({ id }) => id === batch.run);
    if (run) run.acked = batch.to;
    this.options.onAcked?.(batch);
  }

  #drop(run: PublishedRun): void {
    this.#runs.shift();
    this.#sent = this.#runs[0]?.acked ?? startOfRun;
    this.options.onRunPublished?.(run.id);
  }
}
