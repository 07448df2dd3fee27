import { redisKeys, type Clock, type Cursor, type Logger } from '@pinky/protocol';
import { lifetime } from '../lifetime.js';
import type { RedisConnection } from '../redis/connection.js';
import { DropReport } from './drop-report.js';
import { publishBatch, readCursor, type Batch } from './publish-script.js';

export interface PublisherOptions {
  readonly redis: RedisConnection;
  readonly keys: ReturnType<typeof redisKeys>;
  /** Longest that the list may become, events. */
  readonly cap: () => number;
  /** Tells the server's worker how far its events are published. */
  readonly tell: (serverId: string, cursor: Cursor) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Batches of one server, one after the other. `isBroken`: one failed, so what follows it waits for the worker to begin again from Redis's cursor. */
interface Stream {
  tail: Promise<void>;
  isBroken: boolean;
}

/** Pause before a server's cursor is asked for again after Redis refused a batch (full, read-only), milliseconds. */
const refusedPauseMs = 1_000;

/**
 * Brings batches of events to Redis: per server strictly in order, servers beside each other. A batch is acknowledged
 * with the cursor that Redis holds, and only then; while Redis is away nothing is, nothing is kept here (the worker
 * has its files), and on its return every worker is told where to go on.
 */
export class Publisher {
  readonly #streams = new Map<string, Stream>();
  readonly #drops: DropReport;
  readonly #stopped = lifetime();
  #offReady: (() => void) | undefined;

  constructor(private readonly options: PublisherOptions) {
    this.#drops = new DropReport(options);
  }

  start(): void {
    this.#offReady ??= this.options.redis.onReady(() => {
      for (const serverId of this.#streams.keys()) this.resume(serverId);
    });
  }

  /** Resolves when the batches that were taken are published or given up. */
  async stop(): Promise<void> {
    this.#offReady?.();
    this.#stopped.abort(new Error('stopped'));
    this.#drops.flush();
    await this.idle();
  }

  async idle(): Promise<void> {
    await Promise.all([...this.#streams.values()].map((stream) => stream.tail));
  }

  publish(batch: Batch): void {
    this.#then(batch.serverId, async (stream) => {
      if (stream.isBroken) return;
      const keys = { cursor: this.options.keys.cursor(batch.serverId), events: this.options.keys.events };
      const done = await this.options.redis.run('publish', (redis) => publishBatch(redis, keys, batch, this.options.cap()));
      if (done.dropped > 0) this.#drops.add(done.dropped);
      this.options.tell(batch.serverId, done.cursor);
    });
  }

  /** Tells the worker where Redis stands, so that it goes on from there. Said to a new worker, and when Redis is back. */
  resume(serverId: string): void {
    this.#then(serverId, async (stream) => {
      const cursor = await this.options.redis.run('read cursor', (redis) => readCursor(redis, this.options.keys.cursor(serverId)));
      stream.isBroken = false;
      this.options.tell(serverId, cursor);
    });
  }

  /** Forgets a server that is down and whose worker is gone. */
  forget(serverId: string): void {
    this.#streams.delete(serverId);
  }

  #then(serverId: string, step: (stream: Stream) => Promise<void>): void {
    const stream = this.#streams.get(serverId) ?? { tail: Promise.resolve(), isBroken: false };
    this.#streams.set(serverId, stream);
    stream.tail = stream.tail.then(() => step(stream)).catch((failure: unknown) => this.#failed(serverId, stream, failure));
  }

  #failed(serverId: string, stream: Stream, failure: unknown): void {
    const { redis, logger, clock } = this.options;
    const isNew = !stream.isBroken;
    stream.isBroken = true;
    if (!redis.isReady) return; // the connection has said so, and its return resumes every server
    if (isNew) logger.error({ event: 'publish.refused', serverId, because: failure instanceof Error ? failure.message : String(failure) });
    clock.sleep(refusedPauseMs, this.#stopped.signal).then(() => this.resume(serverId), () => undefined);
  }
}
