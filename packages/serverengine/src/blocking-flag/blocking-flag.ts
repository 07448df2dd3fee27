import { systemClock, type Clock } from '@pinky/protocol/base';

/** Waits for the flag to be 0 (reset) or 1 (set). */
interface Waiter {
  readonly wanted: 0 | 1;
  /** Whether the event loop must stay for it. */
  readonly keepsAlive: boolean;
  readonly wake: (isAsWanted: boolean) => void;
}

/** The longest interval of a timer. Such a timer only keeps the event loop alive. */
const foreverMs = 2 ** 31 - 1;

/**
 * A flag to wait for, like ServerEngine's BlockingFlag: `while (!(await stopFlag.waitForSet(1000))) work();`.
 *
 * It lives in four bytes of shared memory, so threads can share it: hand over `flag.shared` as `workerData`, and make a
 * `new BlockingFlag(shared)` there. A wait keeps its thread's event loop alive, just as a blocked thread stays alive.
 */
export class BlockingFlag {
  private readonly cells: Int32Array;
  private readonly waiters = new Set<Waiter>();
  private keepAlive: NodeJS.Timeout | undefined;
  private isWatching = false;

  constructor(
    readonly shared: SharedArrayBuffer = new SharedArrayBuffer(4),
    private readonly clock: Clock = systemClock,
  ) {
    this.cells = new Int32Array(shared);
  }

  /** A flag that is set when `signal` aborts. */
  static from(signal: AbortSignal): BlockingFlag {
    const flag = new BlockingFlag();
    if (signal.aborted) flag.set();
    else signal.addEventListener('abort', () => flag.set(), { once: true });
    return flag;
  }

  get isSet(): boolean {
    return Atomics.load(this.cells, 0) === 1;
  }

  /** Sets it and wakes all that wait for it, in every thread. False if it was already set. */
  set(): boolean {
    return this.change(1);
  }

  /** Resets it and wakes all that wait for that, in every thread. False if it was not set. */
  reset(): boolean {
    return this.change(0);
  }

  /** True as soon as it is set. False if `timeoutMs` is over or `signal` aborts before. Default: no timeout. */
  waitForSet(timeoutMs?: number, signal?: AbortSignal): Promise<boolean> {
    return this.waitFor(1, timeoutMs, signal);
  }

  /** True as soon as it is not set. Otherwise like `waitForSet`. */
  waitForReset(timeoutMs?: number, signal?: AbortSignal): Promise<boolean> {
    return this.waitFor(0, timeoutMs, signal);
  }

  /** Like `waitForSet`, but blocks the thread: only for a worker thread with nothing else to do. */
  blockUntilSet(timeoutMs = Infinity): boolean {
    Atomics.wait(this.cells, 0, 0, timeoutMs);
    return this.isSet;
  }

  /** An `AbortSignal` that aborts when the flag is set, or at once if it is. */
  toSignal(): AbortSignal {
    const controller = new AbortController();
    if (this.isSet) controller.abort();
    else this.add({ wanted: 1, keepsAlive: false, wake: () => controller.abort() });
    return controller.signal;
  }

  private change(value: 0 | 1): boolean {
    const hasChanged = Atomics.exchange(this.cells, 0, value) !== value;
    if (hasChanged) Atomics.notify(this.cells, 0);
    if (hasChanged) this.wakeWaiters();
    return hasChanged;
  }

  private async waitFor(
    wanted: 0 | 1,
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (Atomics.load(this.cells, 0) === wanted) return true;
    if (signal?.aborted || timeoutMs === 0) return false;
    const over = new AbortController();
    try {
      return await new Promise<boolean>((resolve) => {
        const waiter = { wanted, keepsAlive: true, wake: resolve };
        const giveUp = (): void => {
          this.remove(waiter);
          resolve(false);
        };
        this.add(waiter);
        signal?.addEventListener('abort', giveUp, { signal: over.signal });
        if (timeoutMs !== undefined && timeoutMs !== Infinity) {
          void this.clock.rest(timeoutMs, over.signal).then((isOver) => isOver && giveUp());
        }
      });
    } finally {
      over.abort();
    }
  }

  private add(waiter: Waiter): void {
    this.waiters.add(waiter);
    if (waiter.keepsAlive) this.keepAlive ??= setInterval(() => undefined, foreverMs);
    if (!this.isWatching) this.watch();
  }

  private remove(waiter: Waiter): void {
    this.waiters.delete(waiter);
    if ([...this.waiters].some(({ keepsAlive }) => keepsAlive)) return;
    clearInterval(this.keepAlive);
    this.keepAlive = undefined;
  }

  private wakeWaiters(): void {
    const value = Atomics.load(this.cells, 0);
    for (const waiter of this.waiters) {
      if (waiter.wanted !== value) continue;
      this.remove(waiter);
      waiter.wake(true);
    }
  }

  /** Notices changes by other threads. All waiters share one wait, since a wait on shared memory cannot be undone. */
  private watch(): void {
    const seen = Atomics.load(this.cells, 0);
    const change = waitAsync(this.cells, seen);
    if (!change) return this.again();
    this.isWatching = true;
    this.wakeWaiters(); // the flag may have changed between a waiter's look and ours
    void change.then(() => {
      this.isWatching = false;
      this.again();
    });
  }

  private again(): void {
    this.wakeWaiters();
    if (this.waiters.size > 0 && !this.isWatching) this.watch();
  }
}

/** Resolves when another value may be there. Undefined if it is already there. */
function waitAsync(cells: Int32Array, seen: number): Promise<unknown> | undefined {
  // The cast holds for V8 since 8.7 (Node 16). TypeScript has it only in lib es2024, most of which Node 20 lacks.
  const { waitAsync: wait } = Atomics as unknown as {
    waitAsync: (cells: Int32Array, index: number, seen: number) => { async: boolean; value: Promise<unknown> };
  };
  const { async: isPending, value } = wait(cells, 0, seen);
  return isPending ? value : undefined;
}
