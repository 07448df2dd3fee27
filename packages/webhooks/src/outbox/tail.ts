import { Lifetime, type Clock, type RedisKeys } from '@pinky/protocol';
import type { RedisConnection } from '@pinky/queue/client';

/** How long Redis lets us wait for an event, milliseconds, and how long its answer may take beyond that. */
const blockMs = 4_000;
const graceMs = 3_000;
const pauseMs = 200;

export interface TailOptions {
  /** A connection of its own, because a wait holds it up. */
  readonly waiting: Pick<RedisConnection, 'run' | 'untilReady'>;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly onNew: () => void;
}

/** Hears of new events in the outbox, without asking again and again. */
export class Tail {
  readonly #life = new Lifetime({ begin: (signal) => this.#life.add(this.#follow(signal)) });

  constructor(private readonly options: TailOptions) {}

  start(): void {
    void this.#life.start();
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { waiting, clock, onNew } = this.options;
    for (let last = '0-0'; !signal.aborted;) {
      try {
        await waiting.untilReady(signal);
        const newest = await this.#newerThan(last);
        if (newest === undefined) continue;
        last = newest;
        onNew();
      } catch {
        if (!signal.aborted) await clock.rest(pauseMs, signal); // the connection says why it failed
      }
    }
  }

  /** The id of the newest entry, once there is one behind `last`. Undefined if none came in time. */
  #newerThan(last: string): Promise<string | undefined> {
    const { waiting, keys } = this.options;
    return waiting.run('wait for events', async (client) => {
      const reply = await client.xread('COUNT', 1, 'BLOCK', blockMs, 'STREAMS', keys.outbox, last);
      if (!reply) return undefined;
      const [newest] = await client.xrevrange(keys.outbox, '+', '-', 'COUNT', 1);
      return newest?.[0];
    }, blockMs + graceMs);
  }
}
