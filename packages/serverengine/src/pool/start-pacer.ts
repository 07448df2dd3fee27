import type { Clock } from '@pinky/protocol/base';
import type { WorkerSlot } from './worker-slot.js';

export interface PacerOptions {
  readonly clock: Clock;
  /** The least time from one start to the next, with a new random part each time. Milliseconds. */
  readonly delayMs: () => number;
  /** Never rejects. */
  readonly start: (slot: WorkerSlot) => Promise<void>;
}

/** Starts the workers that are due, one after the other: each at its time, and not too soon after the one before. */
export class StartPacer {
  readonly #due = new Set<WorkerSlot>();
  #lastStartAt = -Infinity;
  /** Takes back the start that waits for its time. */
  #cancelWait: (() => void) | undefined;
  #isStarting = false;

  constructor(private readonly options: PacerOptions) {}

  add(slot: WorkerSlot): void {
    this.#due.add(slot);
    this.#arm();
  }

  remove(slot: WorkerSlot): void {
    if (this.#due.delete(slot)) this.#arm();
  }

  clear(): void {
    this.#due.clear();
    this.#arm();
  }

  /** Waits for the worker that is due first. Each change of the order begins the wait again. */
  #arm(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    const [first] = [...this.#due].sort((a, b) => a.dueAt - b.dueAt || a.id - b.id);
    if (!first || this.#isStarting) return;
    const delayMs = this.options.delayMs();
    const waitMs = Math.max(first.dueAt, this.#lastStartAt + delayMs) - this.options.clock.now();
    if (waitMs <= 0) return void this.#start(first);
    this.#cancelWait = this.options.clock.after(waitMs, () => void this.#start(first));
  }

  async #start(slot: WorkerSlot): Promise<void> {
    this.#due.delete(slot);
    this.#isStarting = true;
    this.#lastStartAt = this.options.clock.now();
    await this.options.start(slot);
    this.#isStarting = false;
    this.#arm();
  }
}
