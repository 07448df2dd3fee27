import type { MemoryFigures } from '@pinky/jail';
import { Lifetime, type Clock, type LongLived } from '@pinky/protocol';
import type { ExitStatus, OutOfMemory } from '../launch/exit-status.js';

/** Pause between two looks at a game's memory, milliseconds; and the one while it has used most of what it may. */
const lookMs = 10_000;
const closeLookMs = 1_000;
/** The share of the limit from which on it is looked at closely, and the one that is worth a warning. */
const closeShare = 0.7;
const warnShare = 0.9;
/** How many looks the curve of a crash report shows. */
const mostLooks = 60;

export interface MemoryWatchOptions {
  readonly clock: Clock;
  /** Undefined while nothing counts the game's memory. */
  readonly figures: () => MemoryFigures | undefined;
  /** It has used most of what it may, for the first time. */
  readonly onNearLimit: (figures: MemoryFigures) => void;
}

/** Looks at the memory of a game that has a limit, from its launch to its end. */
export class MemoryWatch implements LongLived {
  readonly #curve: { readonly at: number; readonly bytes: number }[] = [];
  readonly #life = new Lifetime({ begin: (signal) => this.#life.add(this.#watch(signal)) });
  #hasWarned = false;

  constructor(private readonly options: MemoryWatchOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Facts about an end that the kernel brought about for want of memory; nothing about any other end. */
  verdict({ signal }: ExitStatus): OutOfMemory | undefined {
    const { clock, figures } = this.options;
    const now = signal === 'SIGKILL' ? figures() : undefined; // any other signal is not the kernel's
    if (now?.limitBytes === undefined || now.endedByKernel === 0) return undefined;
    return {
      reason: 'out_of_memory',
      limit: now.limitBytes,
      peak: now.peakBytes ?? now.limitBytes,
      memory_curve: this.#curve.map(({ at, bytes }) => [Math.round((clock.now() - at) / 1_000), bytes]),
    };
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { clock, figures, onNearLimit } = this.options;
    for (;;) {
      const now = figures();
      if (now?.limitBytes === undefined || signal.aborted) return;
      this.#curve.push({ at: clock.now(), bytes: now.usedBytes });
      if (this.#curve.length > mostLooks) this.#curve.shift();
      const share = now.usedBytes / now.limitBytes;
      if (share >= warnShare && !this.#hasWarned) {
        this.#hasWarned = true;
        onNearLimit(now);
      }
      if (!(await clock.rest(share >= closeShare ? closeLookMs : lookMs, signal))) return;
    }
  }
}
