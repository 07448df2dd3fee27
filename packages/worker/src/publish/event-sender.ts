import { errnoOf, EventLines, type Clock, type Cursor, type Message } from '@pinky/protocol';
import type { Later } from '../admission/after-work.js';
import { runStart, type Checkpoint } from '../record/checkpoint.js';
import { isAtOrBefore, isSame, type Position } from '../record/position.js';
import { AnswerWatch } from './answer-watch.js';
import type { LineRange } from './derive.js';
import { dropOldest, type DroppedEvents } from './drop-oldest.js';
import type { EventBatch } from './event-batch.js';
import { SentRuns, unpublishedBytes, type SentRun } from './sent-runs.js';
import { WaitingEvents } from './waiting-events.js';

/** Default of `mostWaitingBytes`. */
const usualWaitingBytes = 512 * 1024;
/** Batches that are read from files in one turn of the event loop. */
const batchesPerTurn = 8;

export interface EventSenderOptions {
  readonly serverId: string;
  readonly clock: Clock;
  /** When a launch goes before the events. They wait in memory meanwhile. */
  readonly later: Later;
  /**
   * Events that are read while a batch is on its way wait in memory, up to this size of their JSON. The rest is read
   * from the files again. Default 512 KiB.
   */
  readonly mostWaitingBytes?: number;
  /** False while there is no queue. */
  readonly send: (message: Message) => boolean;
  /** Reads a range from the run's files again. Throws ENOENT if they are gone. */
  readonly derive: (run: string, range: LineRange) => EventBatch;
  /** The first place from which the run can still be read, for when Redis has lost what it had confirmed. */
  readonly earliest: (run: string) => Checkpoint;
  readonly onAcked: (batch: EventBatch) => void;
  /** The run is complete and published. Its files are no longer needed. */
  readonly onRunPublished: (run: string) => void;
  /** Redis knows a run that is newer than all of ours. It comes from another box, or our files were lost. */
  readonly onNewerRun: (run: string) => void;
  /** This part of a run will never be published, because its files are gone or Redis holds a newer run. */
  readonly onLost: (run: string, from: Position, to: Position, why: string) => void;
  /** How much of the console may be unpublished, bytes. Default: any amount. */
  readonly limitBytes?: () => number;
  /** More was unpublished than is allowed, so the oldest part was dropped. */
  readonly onDropped?: (dropped: DroppedEvents) => void;
  readonly onIdle: () => void;
}

/**
 * Brings a server's events to the queue, exactly once and in order. One batch is on its way at a time. It begins where
 * Redis is known to stand, so it cannot overtake one that was lost. New events go out from memory. While the queue is
 * away or slow, nothing is kept in memory; the events are read from the files again. If an answer was lost and a batch
 * comes twice, Redis's cursor refuses the second.
 */
export class EventSender {
  readonly #runs = new SentRuns();
  readonly #waiting: WaitingEvents;
  readonly #answers: AnswerWatch;
  #inFlight: EventBatch | undefined;
  /** The queue has said where Redis's cursor stands, on this connection. */
  #isSynced = false;
  /** The queue takes events as lines. */
  #takesLines = false;
  #isPumping = false;
  #isDue = false;
  #isDropping = false;

  constructor(private readonly options: EventSenderOptions) {
    this.#waiting = new WaitingEvents(options.mostWaitingBytes ?? usualWaitingBytes);
    this.#answers = new AnswerWatch({
      clock: options.clock,
      isWaiting: () => this.#inFlight !== undefined,
      onUnanswered: () => this.#resend(),
    });
  }

  /** Everything that was read is published. */
  get isIdle(): boolean {
    return this.#runs.areIdle;
  }

  /** No run is left whose events might still come. */
  get isDone(): boolean {
    return this.#runs.first === undefined;
  }

  get isConnected(): boolean {
    return this.#isSynced;
  }

  /** How far a run is published. Undefined if that is not known any more. */
  acked(run: string): Checkpoint | undefined {
    const found = this.#runs.find(run);
    return found && { ...found.acked, cursor: found.cursor };
  }

  /** Takes in a run that is newer than all others. `acked` is the place of its checkpoint. */
  addRun(id: string, acked: Checkpoint, live: Position, isComplete: boolean): void {
    this.#runs.add({ id, acked, live, isComplete });
    this.#pump();
  }

  /** Events that have just been read. */
  offer(batch: EventBatch): void {
    const run = this.#runs.find(batch.run);
    if (!run) return;
    run.live = batch.to;
    if (run === this.#runs.first && (!this.#isDue || this.options.later.isHeld)) this.#take(run, batch);
    this.#dropExcess();
    this.#pump();
  }

  /** The run has ended and has been read to its end. */
  completeRun(id: string): void {
    const run = this.#runs.find(id);
    if (!run) return;
    run.isComplete = true;
    this.#pump();
  }

  disconnected(): void {
    this.#isSynced = false;
    this.#forget();
  }

  /** News of Redis from the queue: an answer to `events`, or the cursor after a connection or after Redis's return. */
  published(cursor: Cursor & { readonly takesLines?: boolean }): void {
    this.#takesLines = cursor.takesLines === true;
    const batch = this.#inFlight;
    const answers = this.#isSynced && batch?.run === cursor.run && isAtOrBefore(batch.to, cursor);
    if (!answers) this.#synchronise(cursor);
    const run = this.#runs.find(cursor.run);
    if (run) run.cursor = { console: cursor.console, journal: cursor.journal };
    if (answers) this.#ack(batch);
    this.#pump();
  }

  #forget(): void {
    this.#inFlight = undefined;
    this.#waiting.forget();
  }

  /** Begins again from the place that Redis holds. */
  #synchronise(cursor: Cursor): void {
    this.#isSynced = true;
    this.#forget();
    if (this.#runs.all.every(({ id }) => id < cursor.run)) this.options.onNewerRun(cursor.run);
    for (const run of this.#runs.all.filter(({ id }) => id < cursor.run)) this.#overtaken(run);
    const run = this.#runs.first;
    if (!run) return;
    const now = run.id === cursor.run ? cursor : runStart;
    if (!isAtOrBefore(run.cursor, now)) this.#goBack(run, now);
    run.cursor = { console: now.console, journal: now.journal };
  }

  /** Redis came back without events that it had confirmed. As far as files still hold them, they are sent again. */
  #goBack(run: SentRun, now: Position): void {
    run.acked = this.options.earliest(run.id);
    const { cursor } = run.acked;
    if (cursor && !isAtOrBefore(cursor, now))
      this.options.onLost(run.id, now, run.acked, 'Redis has lost them, and their lines are not kept any more');
  }

  /** Redis holds events of a newer run. Runs are published in order, so a complete older run was published whole. */
  #overtaken(run: SentRun): void {
    if (run.isComplete) return this.#finish(run);
    if (!isSame(run.acked, run.live)) this.#lose(run, 'Redis holds a newer run of this server');
  }

  #lose(run: SentRun, why: string): void {
    const [from, to] = [run.acked, run.live];
    run.acked = { ...from, ...to };
    this.options.onLost(run.id, from, to, why);
  }

  /**
   * Drops the oldest events if too many wait. The batch that is on its way stays on its way: nobody can know whether it
   * arrives. Nothing else that is dropped comes later.
   */
  #dropExcess(): void {
    const limitBytes = this.options.limitBytes?.() ?? Infinity;
    if (this.#isDropping || unpublishedBytes(this.#runs.all) <= limitBytes) return;
    this.#isDropping = true; // saying so is an event too
    this.#waiting.forget();
    try {
      for (const dropped of dropOldest(this.#runs.all, limitBytes, (run) => this.#next(run), this.#inFlight))
        this.options.onDropped?.(dropped);
    } finally {
      this.#isDropping = false;
    }
  }

  /** Sends a batch from memory if it is next; keeps it while another is on its way, or a launch goes before it. */
  #take(run: SentRun, batch: EventBatch): void {
    if (this.#inFlight || this.options.later.isHeld) return this.#waiting.keep(batch);
    if (!isSame(run.acked, batch.from)) return;
    if (batch.events.length === 0) this.#ack(batch);
    else if (this.#isSynced) this.#send(batch);
  }

  /** Sends from memory or from files, until a batch is on its way or nothing is left. */
  #pump(): void {
    if (this.#isPumping || this.#isDue) return; // called by one of our own callbacks
    if (this.options.later.isHeld) return this.#pumpLater();
    this.#isPumping = true;
    try {
      for (let left = batchesPerTurn; this.#step(); left--) {
        if (left > 0) continue;
        this.#pumpLater();
        break;
      }
    } finally {
      this.#isPumping = false;
    }
    if (this.isIdle) this.options.onIdle();
  }

  #pumpLater(): void {
    this.#isDue = true;
    this.options.later.soon(() => {
      this.#isDue = false;
      this.#pump();
    });
  }

  /** True if there may be more to do. */
  #step(): boolean {
    const run = this.#runs.first;
    if (!run || this.#inFlight) return false;
    if (isSame(run.acked, run.live)) {
      if (run.isComplete) this.#finish(run);
      return run.isComplete;
    }
    const batch = this.#isSynced ? this.#next(run) : undefined;
    if (!batch) return false;
    if (batch.events.length === 0) this.#ack(batch);
    else this.#send(batch);
    return true;
  }

  #next(run: SentRun): EventBatch | undefined {
    const waiting = this.#waiting.take(run.id, run.acked);
    if (waiting) return waiting;
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
    const { serverId, send } = this.options;
    const { run, events, to: { console, journal } } = batch;
    const isSent = send({
      type: 'events',
      serverId,
      run,
      events,
      ...(this.#takesLines && { lines: EventLines.of(events) }),
      console,
      journal,
    });
    if (!isSent) return this.disconnected();
    this.#inFlight = batch;
    this.#answers.sent();
  }

  /** Sends the batch that is on its way once more. */
  #resend(): void {
    const batch = this.#inFlight;
    if (!batch) return;
    this.#forget();
    if (this.#isDropped(batch)) this.#send(batch);
    else this.#pump();
  }

  /** Whether a batch was dropped while it was on its way. */
  #isDropped({ run, to }: EventBatch): boolean {
    const acked = this.#runs.find(run)?.acked;
    return acked === undefined || (isAtOrBefore(to, acked) && !isSame(to, acked));
  }

  #ack(batch: EventBatch): void {
    if (this.#inFlight === batch) this.#inFlight = undefined;
    const run = this.#runs.find(batch.run);
    if (!run || this.#isDropped(batch)) return;
    run.acked = batch.to;
    this.options.onAcked(batch);
  }

  /** The whole run is published. */
  #finish(run: SentRun): void {
    this.#runs.remove(run);
    this.options.onRunPublished(run.id);
  }
}
