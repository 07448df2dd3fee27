/** A call was not answered in time. Its connection may hang. */
export class NoAnswerError extends Error {
  constructor(deadlineMs: number) {
    super(`no answer within ${deadlineMs} ms`);
  }
}

/**
 * The outcome of `promise`, or a rejection once `deadlineMs` have passed or `signal` aborts. The promise itself cannot
 * be cancelled: a later outcome is dropped.
 */
export function within<T>(promise: Promise<T>, deadlineMs: number, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const timer = setTimeout(() => finish(() => reject(new NoAnswerError(deadlineMs))), deadlineMs);
    const onAbort = (): void =>
      finish(() => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted')));
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    promise.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error instanceof Error ? error : new Error(String(error)))),
    );
  });
}
