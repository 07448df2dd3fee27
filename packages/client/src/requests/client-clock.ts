import { setTimeout as sleep } from 'node:timers/promises';

/** The time. Tests hand in their own. */
export interface ClientClock {
  /** Milliseconds; only differences mean anything. */
  now(): number;
  /** Resolves after `ms`; rejects once `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const machineClock: ClientClock = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal && { signal }),
};
