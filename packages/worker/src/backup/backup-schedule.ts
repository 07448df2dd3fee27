import type { Clock } from '@pinky/protocol';

export interface BackupPlan {
  /** Milliseconds between two backups. Asked again before each one, since a reload may change it. */
  readonly intervalMs: () => number;
  readonly due: () => Promise<unknown>;
  /** How long the server has gone without a backup, milliseconds. */
  readonly ageMs: () => Promise<number>;
}

/** Decides when the next backup of a running server is due. */
export class BackupSchedule {
  /** Marks the loop that runs. A loop that was stopped finds another mark here, or none. */
  #turn: object | undefined;
  #nap = new AbortController();
  #nextAt: number | undefined;

  constructor(private readonly clock: Clock) {}

  /** Unix milliseconds. Undefined if no backup is planned, or one is being written. */
  get nextAt(): number | undefined {
    return this.#nextAt;
  }

  /** Makes backups at the interval, counted from the end of the last one. A second call changes nothing. */
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

  /** The interval may have changed. */
  reconsider(): void {
    this.#nap.abort();
  }

  async #run({ intervalMs, due, ageMs }: BackupPlan, turn: object): Promise<void> {
    await Promise.resolve(); // by the end of this turn, it is known since when an adopted game has been up
    let lastAt = this.clock.now() - (await ageMs());
    while (this.#turn === turn) {
      const pauseMs = Math.max(0, lastAt + intervalMs() - this.clock.now());
      this.#nextAt = Math.round(this.clock.wallNow() + pauseMs);
      this.#nap = new AbortController();
      const isDue = await this.clock.rest(pauseMs, this.#nap.signal);
      if (this.#turn !== turn) return;
      if (!isDue) continue;
      this.#nextAt = undefined;
      await due().catch(() => undefined); // the failure has been reported; the next backup may succeed
      lastAt = this.clock.now();
    }
  }
}
