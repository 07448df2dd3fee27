import type { Clock } from '@pinky/protocol';

export interface BackupPlan {
  /** Milliseconds between two backups; asked anew before each, since a reload may change it. */
  readonly intervalMs: () => number;
  readonly due: () => Promise<unknown>;
  /** How long ago the last backup was, or the time without one began; milliseconds. */
  readonly ageMs: () => Promise<number>;
}

/** When the next backup of a running server is due. */
export class BackupSchedule {
  /** That of the loop that runs; a stopped one finds another number, or none. */
  #turn: object | undefined;
  #nap = new AbortController();
  #nextAt: number | undefined;

  constructor(private readonly clock: Clock) {}

  /** Unix milliseconds; undefined while none is planned, or one is being written. */
  get nextAt(): number | undefined {
    return this.#nextAt;
  }

  /** Has backups made at the interval, counted from the end of the one before. Asked again, it goes on as it is. */
  start(plan: BackupPlan): void {
    if (this.#turn) return;
    this.#turn = {};
    void this.#run(plan, this.#turn);
  }

  stop(): void {
    this.#turn = undefined;
    this.#nextAt = undefined;
    this.#nap.abort();
  }

  /** The interval may be another now. */
  reconsider(): void {
    this.#nap.abort();
  }

  async #run({ intervalMs, due, ageMs }: BackupPlan, turn: object): Promise<void> {
    await Promise.resolve(); // since when a game has been up that is taken over is known at the end of this turn
    let lastAt = this.clock.now() - (await ageMs());
    while (this.#turn === turn) {
      const pauseMs = Math.max(0, lastAt + intervalMs() - this.clock.now());
      this.#nextAt = Math.round(this.clock.wallNow() + pauseMs);
      this.#nap = new AbortController();
      const isDue = await this.clock.rest(pauseMs, this.#nap.signal);
      if (this.#turn !== turn) return;
      if (!isDue) continue;
      this.#nextAt = undefined;
      await due().catch(() => undefined); // reported where it failed; the next one may do better
      lastAt = this.clock.now();
    }
  }
}
