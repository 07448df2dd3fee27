import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StallMeter } from '../admission/cpu-stall.js';

/** The things that tasks wait for, as the kernel counts it (kernel: Documentation/accounting/psi.rst). */
export const stalls = ['cpu', 'memory', 'io'] as const;
export type Stall = (typeof stalls)[number];

/** How long tasks have waited for something in all, milliseconds. Undefined where the kernel does not count it. */
export type StallTotal = (of: Stall) => number | undefined;

/** From this share of the time on, a game is not to blame for being slow. */
const starvedShare = 0.25;

/**
 * The total in a file of the kernel, such as /proc/pressure/io. For a processor it is the time in which some task
 * waited; for memory and disk the time in which all did, because a machine with one slow task works on.
 */
export function stallTotalIn(path: string, of: Stall): number | undefined {
  try {
    const line = of === 'cpu' ? /^some .*total=(\d+)/m : /^full .*total=(\d+)/m;
    const total = line.exec(readFileSync(path, 'latin1'))?.[1];
    return total === undefined ? undefined : Number(total) / 1_000;
  } catch {
    return undefined; // a kernel without CONFIG_PSI, or a cgroup of v1
  }
}

/** The stalls of the whole machine. */
export const machineStall: StallTotal = (of) => stallTotalIn(join('/proc/pressure', of), of);

/**
 * Tells whether a machine has starved a game for a while. The waits of the game's own cgroup come first: on a
 * busy machine another game may be the one that waits.
 */
export class Starvation {
  readonly #meters: readonly { readonly own: StallMeter; readonly machine: StallMeter }[];

  constructor(now: () => number, own: StallTotal, machine: StallTotal) {
    this.#meters = stalls.map((of) => ({
      own: new StallMeter(now, () => own(of)),
      machine: new StallMeter(now, () => machine(of)),
    }));
  }

  /** Counts from now on. */
  begin(): void {
    for (const { own, machine } of this.#meters) {
      own.restart();
      machine.restart();
    }
  }

  get isStarved(): boolean {
    return this.#meters.some(({ own, machine }) => (own.share ?? machine.share ?? 0) >= starvedShare);
  }
}
