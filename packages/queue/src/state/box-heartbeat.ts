import { Lifetime, messageOf, type Heartbeat, type LongLived } from '@pinky/protocol';
import type { RedisContext } from '../redis/redis-context.js';
import { freeDiskMb, freeRamMb, IdleCpu } from './machine-figures.js';

export interface BoxHeartbeatOptions extends RedisContext {
  /** Between two beats, milliseconds: 10 s by default. The key expires after three of them. */
  readonly intervalMs: () => number;
  readonly serversDir: () => string;
  readonly version: () => string;
  readonly runningServers: () => number;
  /** Done at every beat, whether Redis is there or not. */
  readonly also: () => Promise<void>;
}

/** Writes `pinky:<box>:heartbeat` regularly: the box lives, and has this much room. */
export class BoxHeartbeat implements LongLived {
  readonly #idleCpu = new IdleCpu();
  readonly #life = new Lifetime({ begin: (signal) => this.#life.add(this.#beat(signal)) });

  constructor(private readonly options: BoxHeartbeatOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { redis, clock, intervalMs, also } = this.options;
    // A Redis that is new, or back, has no beat yet.
    const off = redis.onReady(() => this.#life.add(this.#write()));
    while (!signal.aborted) {
      await Promise.all([redis.isReady ? this.#write() : undefined, also()]);
      await clock.rest(intervalMs(), signal);
    }
    off();
  }

  async #write(): Promise<void> {
    const { redis, keys, intervalMs, logger, runningServers, version, serversDir } = this.options;
    try {
      const [disk, ram] = await Promise.all([freeDiskMb(serversDir()), freeRamMb()]);
      const figures: Heartbeat = {
        freeDiskMb: disk,
        freeRamMb: ram,
        idleCpu: this.#idleCpu.percent(),
        servers: runningServers(),
        version: version(),
      };
      await redis.run('heartbeat', (client) =>
        client.set(keys.heartbeat, JSON.stringify(figures), 'PX', 3 * intervalMs()),
      );
    } catch (error) {
      if (redis.isReady) logger.warn({ event: 'heartbeat.failed', because: messageOf(error) });
    }
  }
}
