import type { Cursor, Peer } from '@pinky/protocol';
import type { Batch } from './publish-script.js';

/** The connection that a batch came on. */
export type BatchSource = Pick<Peer, 'destroy' | 'isClosed'>;

/** What is to be done for one server, in order. */
export type Step =
  | { readonly kind: 'batch'; readonly batch: Batch; readonly source: BatchSource }
  /** A worker has said hello: it is told where Redis stands. */
  | { readonly kind: 'resume' }
  /** Redis is back: does it still stand where it stood? */
  | { readonly kind: 'verify' };

/**
 * Batches that may wait for Redis, and what their events may hold in memory, bytes: more than a worker has under way.
 */
const mostBatches = 64;
const mostBytes = 8 * 1024 * 1024;

/** The steps of one server that are not done, and what is known of its cursor. */
export class EventStream {
  /** Where Redis was last seen to stand. */
  known: Cursor | undefined;
  isRunning = false;
  /** The server is down: nothing more will come. */
  isOver = false;
  #steps: Step[] = [];
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

  get next(): Step | undefined {
    return this.#steps[0];
  }

  /** Whether a batch of this connection was left out, so that none after it counts. */
  isCutOff(source: BatchSource): boolean {
    return this.#cut.has(source);
  }

  add(step: Step): void {
    this.#steps.push(step);
    if (step.kind !== 'batch') return;
    this.#count(step.batch, 1);
    for (const source of this.#sources) if (source.isClosed) this.#sources.delete(source);
    this.#sources.add(step.source);
  }

  done(step: Step): void {
    if (this.#steps[0] !== step) return; // left out meanwhile
    this.#steps.shift();
    if (step.kind === 'batch') this.#count(step.batch, -1);
  }

  /** Leaves out every batch that waits, and ends the connections that they came on. */
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

  #count(batch: Batch, sign: 1 | -1): void {
    this.#batches += sign;
    for (const event of batch.events) this.#bytes += sign * event.json.length;
  }
}
