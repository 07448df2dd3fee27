import type { Clock } from '@pinky/protocol';

/** How long work gives way to a launch at most, milliseconds: several times what a launch takes. */
const longestMs = 20;
/** The same once the new game is known: its wrapper is still about to become it. */
const onceKnownMs = 6;

/** Work for which nobody waits. */
export interface Later {
  /** Whether a launch goes before it just now. */
  readonly isHeld: boolean;
  /** Does it in a later turn: the next one, unless a launch goes before it. */
  soon(work: () => void): void;
}

/**
 * The work that follows a game's end: events for the queue, the status, the log, the archive, records. Most of its code
 * has not run for hours, and the processors of a small machine are the same ones that are to launch the next game. So
 * it waits for that. Nothing waits that a later worker needs in order to go on: journal, run folder and claim come
 * before the launch, and events are read from the files again.
 */
export class AfterWork implements Later {
  #held: (() => void)[] | undefined;
  #timer = new AbortController();

  constructor(private readonly clock: Pick<Clock, 'rest'>) {}

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  soon(work: () => void): void {
    if (this.#held) this.#held.push(work);
    else setImmediate(work);
  }

  /** A game has died, and may be launched again in this turn. */
  hold(): void {
    if (this.#held) return;
    this.#held = [];
    void this.#letGoAfter(longestMs);
  }

  /** The new game is known. */
  launched(): void {
    if (this.#held) void this.#letGoAfter(onceKnownMs);
  }

  /** Nothing is to be launched now: what has waited is done in the next turn. */
  letGo(): void {
    for (const work of this.#taken()) setImmediate(work);
  }

  /** This process is about to leave: what has waited is done at once. */
  finish(): void {
    for (const work of this.#taken()) work();
  }

  #taken(): readonly (() => void)[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#timer.abort();
    return held;
  }

  async #letGoAfter(ms: number): Promise<void> {
    this.#timer.abort();
    const timer = new AbortController();
    this.#timer = timer;
    if (await this.clock.rest(ms, timer.signal)) this.letGo();
  }
}
