/** Time is handed in, so that tests advance it instead of sleeping. */
export interface Clock {
  /** Milliseconds on a monotonic clock: only differences mean anything. */
  now(): number;
  /** Milliseconds since the Unix epoch, for logs, journals and people. Never for durations, because it can jump. */
  wallNow(): number;
  /** Resolves after `ms`. Rejects with the signal's reason once `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** As `sleep`, but never rejects: answers true after `ms`, and false as soon as `signal` aborts. */
  rest(ms: number, signal?: AbortSignal): Promise<boolean>;
  /**
   * Calls `action` after `ms`, unless the function that it returns is called before. For timers of which there are
   * thousands, or that a first stop must not wait for: the first AbortController of a process that is waited with costs
   * a millisecond, because Node compiles its events only then.
   */
  after(ms: number, action: () => void): () => void;
}

/** The machine's own clock: `process.hrtime` (CLOCK_MONOTONIC) and timers. */
export const systemClock: Clock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  wallNow: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(asError(signal.reason));
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(asError(signal?.reason));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  rest: (ms, signal) => rested(systemClock.sleep(ms, signal)),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/** A `sleep` as `rest` answers it. */
export const rested = (sleep: Promise<void>): Promise<boolean> =>
  sleep.then(
    () => true,
    () => false,
  );

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
