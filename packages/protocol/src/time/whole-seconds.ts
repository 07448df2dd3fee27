const second = 1_000;

/**
 * How long to wait for about `ms`, so that the wait ends on a whole second of the monotonic clock. Waits that end
 * together wake a process once, and so do the heartbeats of many others that it hears. Milliseconds. A wait of less
 * than a second stays as it is; any other changes by half a second at most, and one of whole seconds only the first
 * time.
 */
export const toWholeSecond = (ms: number, now: number): number =>
  ms < second ? ms : Math.ceil(Math.round((now + ms) / second) * second - now);

/** The same for a wait that must not become longer. One of a whole second or more ends up to a second earlier. */
export const withinWholeSecond = (ms: number, now: number): number =>
  ms < second ? ms : Math.max(1, Math.ceil(Math.floor((now + ms) / second) * second - now));
