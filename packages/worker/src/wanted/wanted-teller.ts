import { PinkyError, type Clock, type ErrorCode, type Logger } from '@pinky/protocol';

export interface WantedTellerOptions {
  readonly serverId: string;
  /** Asks the queue. Rejects while there is none. */
  readonly ask: (params: { readonly serverId: string; readonly because?: ErrorCode }) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Pause between two attempts to reach the queue, milliseconds. */
const retryMs = 200;

/** Has the queue write down that a server is to stay down. Only the queue writes definitions. */
export class WantedTeller {
  #asking: Promise<void> | undefined;
  /** The reason to give at the next attempt. None means that somebody asked for it, which outweighs every reason. */
  #because: ErrorCode | undefined;
  readonly #end = new AbortController();

  constructor(private readonly options: WantedTellerOptions) {}

  /** Whether the queue has not written it yet. */
  get isAsking(): boolean {
    return this.#asking !== undefined;
  }

  /** Asks until the queue has written it. `because` says why Pinky gave the server up, if that is the reason. */
  down(because?: ErrorCode): void {
    if (this.#asking && this.#because === undefined) return;
    this.#because = because;
    this.#asking ??= this.#keepAsking().finally(() => { this.#asking = undefined; });
  }

  /** Resolves when nothing is to be written any more, or after the time. */
  async settled(timeoutMs: number): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([this.#asking, this.options.clock.rest(timeoutMs, waiting.signal)]);
    waiting.abort();
  }

  /** The next worker asks again, from the server's record. */
  leave(): void {
    this.#end.abort();
  }

  async #keepAsking(): Promise<void> {
    const { serverId, ask, clock, log } = this.options;
    do {
      const because = this.#because;
      try {
        await ask({ serverId, ...(because !== undefined && { because }) });
        if (because === this.#because) return;
      } catch (error) {
        // A queue of an older version has no definitions.
        if (error instanceof PinkyError && error.code === 'unsupported') return;
        log.debug({ event: 'wanted.untold', serverId, error: String(error) });
      }
    } while (await clock.rest(retryMs, this.#end.signal));
  }
}
