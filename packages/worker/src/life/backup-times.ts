import type { Clock } from '@pinky/protocol';

/** When the next backup of a running server is due. */
export class BackupTimes {
  #abort = new AbortController();
  #isRunning = false;
  #nextAt: number | undefined;

  constructor(private readonly clock: Clock) {}

  /** Calls `due` every `intervalMs`, each time after the one before has ended. Asked again, it goes on as it is. */
  start(intervalMs: number, due: () => Promise<unknown>): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#abort = new AbortController();
    void this.#run(intervalMs, due, this.#abort.signal);
  }

  /** Unix milliseconds; undefined while none is planned, or one is being written. */
  get nextAt(): number | undefined {
    return this.#nextAt;
  }

  stop(): void {
    this.#isRunning = false;
    this.#nextAt = undefined;
    this.#abort.abort();
  }

  async #run(intervalMs: number, due: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
    for (;;) {
      this.#nextAt = this.clock.wallNow() + intervalMs;
      try {
        await this.clock.sleep(intervalMs, signal);
      } catch {
        return; // stopped
      }
      this.#nextAt = undefined;
      await due().catch(() => undefined); // reported where it failed; the next one may do better
    }
  }
}
