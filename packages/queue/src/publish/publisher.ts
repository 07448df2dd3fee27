import { redisKeys, type Clock, type Cursor, type Logger } from '@pinky/protocol';
import { lifetime } from '../lifetime.js';
import type { RedisConnection } from '../redis/connection.js';
import { DropReport } from './drop-report.js';
import { isBehind, publishBatch, readCursor, type Batch } from './publish-script.js';
import { EventStream, type BatchSource, type Step } from './event-stream.js';

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

/** Pause before a step is tried again that Redis refused (full, read-only), milliseconds. */
const refusedPauseMs = 1_000;
/** Between two looks whether everything is published, milliseconds. */
const lookMs = 10;

/**
 * Brings batches of events to Redis: per server strictly in order, servers beside each other. A batch is acknowledged
 * with the cursor that Redis holds, and only then. A worker has several batches under way, each beginning where the one
 * before ended, so none may be left out: one whose call failed is tried again until Redis has it (the script takes no
 * line twice), and where one must be left out, the worker's connection is cut, because only a new connection tells what
 * it sent before from what it sends after it has heard where to go on.
 */
export class Publisher {
  readonly #streams = new Map<string, EventStream>();
  readonly #drops: DropReport;
  readonly #stopped = lifetime();
  #offReady: (() => void) | undefined;

  constructor(private readonly options: PublisherOptions) {
    this.#drops = new DropReport(options);
  }

  start(): void {
    this.#offReady ??= this.options.redis.onReady(() => {
      for (const [serverId, stream] of this.#streams) this.#add(serverId, stream, { kind: 'verify' });
    });
  }

  /** What is not published by now is not acknowledged either: its worker sends it to the next queue. */
  stop(): void {
    this.#offReady?.();
    this.#stopped.abort(new Error('stopped'));
    this.#drops.flush();
  }

  /** Resolves when everything is published that was taken, or Redis is away, or the time is over. */
  async flush(deadlineMs: number): Promise<void> {
    const { clock, redis } = this.options;
    const endsAt = clock.now() + deadlineMs;
    while ([...this.#streams.values()].some((stream) => !stream.isIdle) && redis.isReady && clock.now() < endsAt)
      await clock.sleep(lookMs);
  }

  publish(batch: Batch, source: BatchSource): void {
    const stream = this.#streamOf(batch.serverId);
    if (stream.isCutOff(source)) return;
    if (stream.isFull) return this.#cutOff(batch.serverId, stream, 'too many of its events wait for Redis');
    this.#add(batch.serverId, stream, { kind: 'batch', batch, source });
  }

  /** Tells a worker that has just said hello where Redis stands, so that it goes on from there. */
  resume(serverId: string): void {
    this.#add(serverId, this.#streamOf(serverId), { kind: 'resume' });
  }

  /** Forgets a server that is down and whose worker is gone, once everything of it is published. */
  forget(serverId: string): void {
    const stream = this.#streams.get(serverId);
    if (stream) stream.isOver = true;
    if (stream?.isIdle) this.#streams.delete(serverId);
  }

  #streamOf(serverId: string): EventStream {
    const stream = this.#streams.get(serverId) ?? new EventStream();
    this.#streams.set(serverId, stream);
    stream.isOver = false;
    return stream;
  }

  #add(serverId: string, stream: EventStream, step: Step): void {
    stream.add(step);
    if (!stream.isRunning) void this.#run(serverId, stream);
  }

  async #run(serverId: string, stream: EventStream): Promise<void> {
    stream.isRunning = true;
    for (let step = stream.next; step && !this.#stopped.signal.aborted; step = stream.next) {
      try {
        await this.#take(serverId, stream, step);
        stream.done(step);
      } catch (failure) {
        await this.#pause(serverId, failure);
      }
    }
    stream.isRunning = false;
    if (stream.isOver && stream.isIdle) this.#streams.delete(serverId);
  }

  async #take(serverId: string, stream: EventStream, step: Step): Promise<void> {
    const { redis, keys, cap, tell } = this.options;
    const key = keys.cursor(serverId);
    if (step.kind === 'batch') {
      const done = await redis.run('publish', (client) =>
        publishBatch(
          client,
          { cursor: key, events: keys.events, serverState: keys.serverState(serverId) },
          step.batch,
          cap(),
          stream.known,
        ),
      );
      if (done.dropped > 0) this.#drops.add(done.dropped);
      if (done.isBehind) return this.#wentBack(serverId, stream, done.cursor);
      stream.known = done.cursor;
      return tell(serverId, done.cursor);
    }
    const cursor = await redis.run('read cursor', (client) => readCursor(client, key));
    if (step.kind === 'verify' && stream.known && isBehind(cursor, stream.known)) {
      return this.#wentBack(serverId, stream, cursor);
    }
    if (step.kind === 'resume') {
      stream.known = cursor;
      tell(serverId, cursor);
    }
  }

  /** Redis was restarted and has lost what it had confirmed: the worker begins again where Redis stands. */
  #wentBack(serverId: string, stream: EventStream, cursor: Cursor): void {
    stream.known = cursor;
    this.#cutOff(serverId, stream, 'Redis has lost events that it had confirmed');
  }

  #cutOff(serverId: string, stream: EventStream, because: string): void {
    this.options.logger.warn({ event: 'publish.begun_again', serverId, because });
    stream.cutOff();
  }

  async #pause(serverId: string, failure: unknown): Promise<void> {
    const { redis, logger, clock } = this.options;
    const signal = this.#stopped.signal;
    if (redis.isReady) {
      logger.error({
        event: 'publish.refused',
        serverId,
        because: failure instanceof Error ? failure.message : String(failure),
      });
    }
    // stopped: the loop's condition sees it
    if (redis.isReady) await clock.rest(refusedPauseMs, signal);
    else await redis.untilReady(signal).catch(() => undefined); // aborted: the loop's condition sees it
  }
}
