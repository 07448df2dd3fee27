import { Lifetime, messageOf, type Cursor, type LongLived } from '@pinky/protocol';
import type { RedisContext } from '../redis/redis-context.js';
import { levelOf } from '../redis/trouble.js';
import { DropReport } from './drop-report.js';
import { isBehind, type EventsMessage } from './event-batch.js';
import { EventStream, type BatchSource, type StreamStep } from './event-stream.js';
import type { Outbox } from './outbox.js';
import { publishBatch, readCursor } from './publish-script.js';
import { ReplicaWait } from './replica-wait.js';

export interface PublisherOptions extends RedisContext {
  /** How many events the list may hold. */
  readonly cap: () => number;
  readonly outbox?: Pick<Outbox, 'target' | 'clear' | 'failed'>;
  /** Tells the server's worker how far its events are published. */
  readonly tell: (serverId: string, cursor: Cursor) => void;
}

/** Pause before a step that Redis refused (full, read-only) is tried again, milliseconds. */
const refusedPauseMs = 1_000;
/** Between two looks whether everything is published, milliseconds. */
const lookMs = 10;

/**
 * Brings batches of events to Redis: strictly in order for each server, and servers beside each other. A batch is
 * acknowledged with the cursor that Redis holds, and only then. A worker has several batches under way, each beginning
 * where the one before it ended, so none may be left out. One whose call failed is tried again until Redis has it (the
 * script takes no line twice). Where one must be left out, the worker's connection is cut: only a new connection tells
 * what it sent before from what it sends after it heard where to go on.
 *
 * A batch that is not published at a stop is not acknowledged either, so its worker sends it to the next queue.
 */
export class Publisher implements LongLived {
  readonly #streams = new Map<string, EventStream>();
  readonly #drops: DropReport;
  readonly #replicas: ReplicaWait;
  readonly #life = new Lifetime({ begin: () => this.#listen(), end: () => this.#unlisten() });
  #offReady: (() => void) | undefined;

  constructor(private readonly options: PublisherOptions) {
    this.#drops = new DropReport(options);
    this.#replicas = new ReplicaWait(options.redis, options.clock);
  }

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Resolves when everything that was taken is published, or Redis is away, or the time is over. */
  async flush(deadlineMs: number): Promise<void> {
    const { clock, redis } = this.options;
    const endsAt = clock.now() + deadlineMs;
    while ([...this.#streams.values()].some((stream) => !stream.isIdle) && redis.isReady && clock.now() < endsAt)
      await clock.sleep(lookMs);
  }

  /** Events that workers have sent and Redis does not have yet, of all servers. */
  get waitingEvents(): number {
    return [...this.#streams.values()].reduce((sum, { waitingEvents }) => sum + waitingEvents, 0);
  }

  publish(batch: EventsMessage, source: BatchSource): void {
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

  #listen(): void {
    this.#offReady = this.options.redis.onReady(() => {
      if (this.options.outbox) this.#life.add(this.options.outbox.clear());
      for (const [serverId, stream] of this.#streams) this.#add(serverId, stream, { kind: 'verify' });
    });
  }

  #unlisten(): void {
    this.#offReady?.();
    this.#drops.flush();
  }

  #streamOf(serverId: string): EventStream {
    const stream = this.#streams.get(serverId) ?? new EventStream();
    this.#streams.set(serverId, stream);
    stream.isOver = false;
    return stream;
  }

  #add(serverId: string, stream: EventStream, step: StreamStep): void {
    stream.add(step);
    if (!stream.isRunning) this.#life.add(this.#run(serverId, stream));
  }

  async #run(serverId: string, stream: EventStream): Promise<void> {
    stream.isRunning = true;
    for (let step = stream.next; step && !this.#life.signal.aborted; step = stream.next) {
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

  async #take(serverId: string, stream: EventStream, step: StreamStep): Promise<void> {
    const { redis, keys, tell } = this.options;
    if (step.kind === 'batch') return this.#publish(serverId, stream, step.batch);
    const cursor = await redis.run('read cursor', (client) => readCursor(client, keys.cursor(serverId)));
    if (step.kind === 'verify' && stream.known && isBehind(cursor, stream.known)) {
      return this.#wentBack(serverId, stream, cursor);
    }
    if (step.kind === 'resume') {
      stream.known = cursor;
      tell(serverId, cursor);
    }
  }

  async #publish(serverId: string, stream: EventStream, batch: EventsMessage): Promise<void> {
    const { redis, keys, cap, tell, outbox } = this.options;
    const to = { cursor: keys.cursor(serverId), events: keys.events, serverState: keys.serverState(serverId) };
    const done = await redis.write('publish', (fenced) =>
      publishBatch(fenced, to, batch, cap(), stream.known, outbox?.target));
    if (done.outboxFailure !== undefined) outbox?.failed(done.outboxFailure);
    if (done.dropped > 0) this.#drops.add(done.dropped);
    if (done.isBehind) return this.#wentBack(serverId, stream, done.cursor);
    // The worker gives back what is published. Its lines must be there until a new master would have the events.
    await this.#replicas.confirmed();
    stream.known = done.cursor;
    tell(serverId, done.cursor);
  }

  /** Redis was restarted and has lost what it had confirmed. The worker begins again where Redis stands. */
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
    const { signal } = this.#life;
    if (!redis.isReady) return redis.untilReady(signal).catch(() => undefined); // stopped: the caller's loop sees it
    logger[levelOf(failure, 'error')]({ event: 'publish.refused', serverId, because: messageOf(failure) });
    await clock.rest(refusedPauseMs, signal);
  }
}
