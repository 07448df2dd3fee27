import { redisKeys, type Clock, type Heartbeat, type Logger } from '@pinky/protocol';
import { lifetime } from '../lifetime.js';
import type { RedisConnection } from '../redis/connection.js';
import { freeDiskMb, freeRamMb, IdleCpu } from './machine-figures.js';

export interface HeartbeatOptions {
  readonly redis: RedisConnection;
  readonly keys: ReturnType<typeof redisKeys>;
  /** Between two beats, milliseconds; the key expires after three (DESIGN §7: 10 s and 30 s). */
  readonly intervalMs: () => number;
  readonly serversDir: () => string;
  readonly version: () => string;
  readonly runningServers: () => number;
  /** Done at every beat, whether or not Redis is there. */
  readonly also: () => Promise<void>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Writes `pinky:<box>:heartbeat` regularly: the box lives, and has this much room. */
export class HeartbeatWriter {
  readonly #idleCpu = new IdleCpu();
  #stopped: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly options: HeartbeatOptions) {}

  start(): void {
    if (this.#stopped) return;
    this.#stopped = lifetime();
    this.#running = this.#beat(this.#stopped.signal);
  }

  async stop(): Promise<void> {
    this.#stopped?.abort(new Error('stopped'));
    await this.#running;
    this.#stopped = undefined;
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { redis, clock, intervalMs, also } = this.options;
    const off = redis.onReady(() => void this.#write()); // a new or returned Redis has no beat yet
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
      if (redis.isReady) {
        logger.warn({ event: 'heartbeat.failed', because: error instanceof Error ? error.message : String(error) });
      }
    }
  }
}
