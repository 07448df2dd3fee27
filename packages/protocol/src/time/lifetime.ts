import { setMaxListeners } from 'node:events';

/**
 * A part that lives from `start` to `stop`. Every long-lived part keeps this contract, and `startStopContract` of
 * `@pinky/protocol/testing` checks it:
 *
 * - A part that was only made holds nothing: no timer, socket, file or listener.
 * - `start` begins the work, and resolves once the part does it. A second call changes nothing. It throws if the
 *   part cannot begin; then nothing of it is left.
 * - `signal` is another way to stop: when it aborts, the part ends as if `stop` had been called. A part whose signal
 *   has aborted already never begins.
 * - `stop` ends the work. It may be called twice, before `start`, and while `start` is under way. Each call resolves
 *   when everything that the part began is over: no timer runs, no connection is open, no call is under way, and none
 *   of the part's callbacks is called any more. If nothing can take time, both calls may be synchronous.
 * - `stop` never throws: being stopped is not a failure.
 * - A part that was stopped stays stopped: a later `start` does nothing. Make a new part instead.
 */
export interface LongLived {
  start(signal?: AbortSignal): void | Promise<void>;
  stop(): void | Promise<void>;
}

/** How the part of a `Lifetime` begins and ends. */
export interface LifetimeSteps {
  /** Begins the work. `signal` aborts when the part is to end. */
  readonly begin: (signal: AbortSignal) => void | Promise<void>;
  /** Ends the work, after `begin` is over and `signal` has aborted. Not called if `begin` never was. */
  readonly end?: () => void | Promise<void>;
}

/** Keeps the contract of `LongLived` for a part, which says how it begins and ends. */
export class Lifetime implements LongLived {
  readonly #stopped = sharedAbort();
  readonly #tasks = new Set<Promise<unknown>>();
  #begun: Promise<void> | undefined;
  #ended: Promise<void> | undefined;

  constructor(private readonly steps: LifetimeSteps) {}

  /** Aborts when the part is to end. Many may wait for it. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  start(signal?: AbortSignal): Promise<void> {
    if (this.#ended || signal?.aborted) return this.stop();
    this.#begun ??= this.#begin(signal);
    return this.#begun;
  }

  stop(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  /** Adds work that `stop` waits for. It must handle its failures, and end by itself once `signal` has aborted. */
  add(task: Promise<unknown>): void {
    const settled = task.finally(() => this.#tasks.delete(settled));
    this.#tasks.add(settled);
  }

  async #begin(signal: AbortSignal | undefined): Promise<void> {
    signal?.addEventListener('abort', () => void this.stop(), { once: true, signal: this.signal });
    await this.steps.begin(this.signal);
  }

  async #end(): Promise<void> {
    this.#stopped.abort(new Error('stopped'));
    if (!this.#begun) return;
    await this.#begun.catch(() => undefined); // the caller of `start` gets the failure
    await this.steps.end?.();
    while (this.#tasks.size > 0) await Promise.allSettled(this.#tasks);
  }
}

/** A controller on whose signal many may wait at once. Node would take more than ten of them for a leak. */
export function sharedAbort(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
