import type { Cursor, Peer } from '@pinky/protocol';
import { bytesOf, countOf, type EventsMessage } from './event-batch.js';

/** The connection that a batch came on. */
export type BatchSource = Pick<Peer, 'destroy' | 'isClosed'>;

/** One thing to do for one server. */
export type StreamStep =
  | { readonly kind: 'batch'; readonly batch: EventsMessage; readonly source: BatchSource }
  /** A worker has said hello: tell it where Redis stands. */
  | { readonly kind: 'resume' }
  /** Redis is back: check whether it still stands where it stood. */
  | { readonly kind: 'verify' };

/**
 * How many batches may wait for Redis, and how much memory their events may take, bytes. A worker never has that much
 * under way.
 */
const mostBatches = 64;
const mostBytes = 8 * 1024 * 1024;

/** The steps that are still to do for one server, and where its cursor was last seen. */
export class EventStream {
  /** Where Redis was last seen to stand. */
  known: Cursor | undefined;
  isRunning = false;
  /** The server is down: no more events will come. */
  isOver = false;
  #steps: StreamStep[] = [];
  #batches = 0;
  #bytes = 0;
  readonly #sources = new Set<BatchSource>();
  readonly #cut = new WeakSet<BatchSource>();

  get isIdle(): boolean {
    return this.#steps.length === 0;
  }

  get isFull(): boolean {
    return this.#batches >= mostBatches || this.#bytes >= mostBytes;
  }

  /** How many events wait here for Redis. */
  get waitingEvents(): number {
    return this.#steps.reduce((sum, step) => sum + (step.kind === 'batch' ? countOf(step.batch) : 0), 0);
  }

  get next(): StreamStep | undefined {
    return this.#steps[0];
  }

  /** Whether a batch of this connection was left out. Then none after it counts. */
  isCutOff(source: BatchSource): boolean {
    return this.#cut.has(source);
  }

  add(step: StreamStep): void {
    this.#steps.push(step);
    if (step.kind !== 'batch') return;
    this.#count(step.batch, 1);
    for (const source of this.#sources) if (source.isClosed) this.#sources.delete(source);
    this.#sources.add(step.source);
  }

  done(step: StreamStep): void {
    if (this.#steps[0] !== step) return; // it was left out meanwhile
    this.#steps.shift();
    if (step.kind === 'batch') this.#count(step.batch, -1);
  }

  /** Leaves out every waiting batch, and ends the connections that they came on. */
  cutOff(): void {
    this.#steps = this.#steps.filter((step) => step.kind !== 'batch');
    this.#batches = 0;
    this.#bytes = 0;
    for (const source of this.#sources) {
      this.#cut.add(source);
      source.destroy();
    }
    this.#sources.clear();
  }

  #count(batch: EventsMessage, sign: 1 | -1): void {
    this.#batches += sign;
    this.#bytes += sign * bytesOf(batch);
  }
}
