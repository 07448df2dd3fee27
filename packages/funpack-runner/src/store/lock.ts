import { statSync, utimesSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lock } from './proper-lockfile.js';
import { errnoOf, PinkyError, systemClock, type Clock } from '@pinky/protocol';

/** A lock whose holder was killed is taken over after this time, milliseconds. A living holder renews it every 2 s. */
const staleMs = 10_000;
const renewMs = 2_000;
/** Between two looks at a lock that another holds, milliseconds. */
const retryMs = 150;

export interface LockOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/**
 * Waits for the lock at `path`, and does `work` while holding it. The signal that `work` gets also aborts when the lock
 * is lost. Throws `cancelled` if the signal aborts during the wait.
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const lost = new AbortController();
  const release = await acquire(path, options, (cause) => lost.abort(cause));
  try {
    return await work(AbortSignal.any([options.signal, lost.signal]));
  } finally {
    if (!lost.signal.aborted) await release();
  }
}

async function acquire(
  path: string,
  { signal, clock = systemClock }: LockOptions,
  onLost: (cause: Error) => void,
): Promise<() => Promise<void>> {
  const silence = new Silence(`${path}.lock`, clock);
  for (;;) {
    if (signal.aborted) throw new PinkyError('cancelled', 'waiting for another process was cancelled');
    try {
      return await lock(path, {
        realpath: false,
        stale: staleMs,
        update: renewMs,
        retries: 0,
        onCompromised: onLost,
      });
    } catch (failure) {
      if (errnoOf(failure) !== 'ELOCKED') throw failure;
      silence.look();
      await clock.rest(retryMs, signal);
    }
  }
}

/**
 * A lock that nobody renews. proper-lockfile compares times of the wall clock, so where that was set back, a lock of a
 * dead holder would look young for hours.
 */
class Silence {
  #renewedAt: number | undefined;
  #seenSince = 0;

  constructor(private readonly folder: string, private readonly clock: Clock) {}

  /** Makes the lock an old one after `staleMs` without news. The next look takes it over. */
  look(): void {
    const renewedAt = this.#time();
    if (renewedAt !== this.#renewedAt) {
      this.#renewedAt = renewedAt;
      this.#seenSince = this.clock.now();
    }
    if (renewedAt === undefined || this.clock.now() - this.#seenSince < staleMs) return;
    try {
      utimesSync(this.folder, 0, 0);
    } catch (failure) {
      if (errnoOf(failure) !== 'ENOENT') throw failure; // released in this moment
    }
  }

  #time(): number | undefined {
    return statSync(this.folder, { throwIfNoEntry: false })?.mtimeMs;
  }
}
