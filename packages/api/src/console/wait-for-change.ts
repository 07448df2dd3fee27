import type { Clock } from '@pinky/protocol';
import type { Change } from '@pinky/protocol/console';

/** Resolves when something has changed, the time is over, or the signal aborts. Nothing of the wait is left then. */
export async function waitForChange(change: Change, clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  if (signal.aborted) return;
  signal.addEventListener('abort', wake, { once: true });
  void change.happened().then(wake);
  await clock.rest(ms, woken.signal);
  signal.removeEventListener('abort', wake);
}
