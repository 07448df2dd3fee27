import { readFileSync } from 'node:fs';

/**
 * How many threads of the machine run or want to, apart from the one that asks: the fourth field of /proc/loadavg
 * (proc_loadavg(5)). It is true now, while the totals of /proc/pressure are brought up to date every 2 seconds.
 */
export function runnableThreads(): number | undefined {
  try {
    const running = /^\S+ \S+ \S+ (\d+)\//.exec(readFileSync('/proc/loadavg', 'latin1'))?.[1];
    return running === undefined ? undefined : Math.max(0, Number(running) - 1);
  } catch {
    return undefined; // no /proc
  }
}

/** The share of a time in which some task waited for a processor: from 0 to 1. */
export class StallMeter {
  #since: { readonly at: number; readonly stallMs: number } | undefined;

  constructor(private readonly now: () => number, private readonly stallMs: () => number | undefined) {
    this.restart();
  }

  restart(): void {
    const stallMs = this.stallMs();
    this.#since = stallMs === undefined ? undefined : { at: this.now(), stallMs };
  }

  /** Since the last restart. Undefined where nobody counts, or no time has passed. */
  get share(): number | undefined {
    const stallMs = this.stallMs();
    if (!this.#since || stallMs === undefined) return undefined;
    const passedMs = this.now() - this.#since.at;
    return passedMs <= 0 ? undefined : Math.min(1, Math.max(0, (stallMs - this.#since.stallMs) / passedMs));
  }
}
