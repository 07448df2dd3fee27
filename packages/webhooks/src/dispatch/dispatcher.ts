import {
  Lifetime,
  messageOf,
  PinkyError,
  redisKeys,
  systemClock,
  WebhookFiles,
  type BoxConfig,
  type Clock,
  type FailedDelivery,
  type Logger,
  type LongLived,
  type RedisKeys,
  type WebhookEndpoint,
  type WebhookState,
  type WebhookTry,
} from '@pinky/protocol';
import { redisOptions, RedisConnection, RedisTroubles } from '@pinky/queue/client';
import { OutboxStore } from '../outbox/outbox-store.js';
import { PresentOwner } from '../outbox/present-owner.js';
import { Tail } from '../outbox/tail.js';
import { AddressGuard, type Resolve } from '../send/address-guard.js';
import { Sender } from '../send/post.js';
import { shownFailure } from './failed-deliveries.js';
import { HttpLane } from './http-lane.js';
import type { Lane, LaneParts } from './lane.js';
import { lastNeeded } from './last-needed.js';
import { ResqueLane } from './resque-lane.js';
import { testMessage } from './test-message.js';

export interface DispatcherOptions {
  readonly config: () => BoxConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly resolve?: Resolve;
}

/** Between two looks at the files of the endpoints, and at what nobody needs any more, milliseconds. */
const lookMs = 500;

/** Delivers the events of a box to its endpoints. It starts without a Redis, and goes on when there is one. */
export class Dispatcher implements LongLived {
  readonly #clock: Clock;
  readonly #files: WebhookFiles;
  readonly #redis: RedisConnection;
  readonly #waiting: RedisConnection;
  readonly #store: OutboxStore;
  readonly #sender: Sender;
  readonly #tail: Tail;
  readonly #parts: LaneParts;
  readonly #lanes = new Map<string, Lane>();
  /** Endpoints that were removed, and are still in Redis. */
  readonly #toForget = new Set<string>();
  #settled = '';
  readonly #life = new Lifetime({ begin: (signal) => this.#begin(signal), end: () => this.#end() });

  constructor(private readonly options: DispatcherOptions) {
    const { config, logger, clock = systemClock, random = Math.random, resolve } = options;
    const { home, box } = config();
    const keys = redisKeys(box);
    this.#clock = clock;
    this.#files = new WebhookFiles(home);
    const { redis, waiting } = connections(options, keys, clock);
    this.#redis = redis;
    this.#waiting = waiting;
    this.#store = new OutboxStore(redis, keys);
    this.#sender = new Sender(new AddressGuard(() => config().webhooks?.allowedNetworks ?? [], resolve), clock);
    this.#tail = new Tail({ waiting, keys, clock, onNew: () => this.#wakeAll() });
    this.#parts = {
      config,
      files: this.#files,
      redis,
      store: this.#store,
      sender: this.#sender,
      clock,
      logger,
      random,
    };
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Looks at the files of the endpoints now. */
  look(): void {
    const endpoints = this.#files.list();
    const ids = new Set(endpoints.map(({ id }) => id));
    for (const endpoint of endpoints) this.#settleLane(endpoint);
    for (const [id, lane] of this.#lanes) {
      if (ids.has(id)) continue;
      this.#lanes.delete(id);
      this.#life.add(lane.stop().then(() => { this.#toForget.add(id); }));
    }
  }

  async states(): Promise<readonly WebhookState[]> {
    const published = this.#redis.isReady ? await this.#store.published() : 0;
    return [...this.#lanes.values()].map((lane) => lane.view(published));
  }

  /** Throws `not_found`, as the next two. */
  async failed(id: string): Promise<readonly FailedDelivery[]> {
    const { endpoint } = this.#lane(id);
    return (await this.#store.failed(endpoint.id)).flatMap(shownFailure);
  }

  async test(id: string): Promise<WebhookTry> {
    const lane = this.#httpLane(id);
    return lane.sendNow(testMessage(this.options.config(), this.#clock.wallNow()));
  }

  async again(id: string, delivery: string): Promise<WebhookTry> {
    return this.#httpLane(id).again(delivery);
  }

  #lane(id: string): Lane {
    this.look();
    const lane = this.#lanes.get(id);
    if (!lane) throw new PinkyError('not_found', `there is no webhook ${JSON.stringify(id).slice(0, 80)}`);
    return lane;
  }

  #httpLane(id: string): HttpLane {
    const lane = this.#lane(id);
    if (lane instanceof HttpLane) return lane;
    throw new PinkyError('bad_command', `${id} feeds a list of Resque: nothing is sent`);
  }

  #settleLane(endpoint: WebhookEndpoint): void {
    const { id, resque } = endpoint;
    const known = this.#lanes.get(id);
    if (known) {
      if (JSON.stringify(known.endpoint) !== JSON.stringify(endpoint)) known.update(endpoint);
      return;
    }
    const lane = resque ? new ResqueLane(endpoint, resque, this.#parts) : new HttpLane(endpoint, this.#parts);
    this.#lanes.set(id, lane);
    this.#toForget.delete(id);
    lane.start();
  }

  #wakeAll(): void {
    for (const lane of this.#lanes.values()) lane.wake();
  }

  #begin(signal: AbortSignal): void {
    this.#redis.start();
    this.#waiting.start();
    this.#tail.start();
    this.look();
    this.#life.add(this.#keepLooking(signal));
  }

  async #keepLooking(signal: AbortSignal): Promise<void> {
    while (await this.#clock.rest(lookMs, signal)) {
      this.look();
      if (!this.#redis.isReady) continue;
      try {
        await this.#tidy();
      } catch (error) {
        this.options.logger.warn({ event: 'outbox.not_settled', because: messageOf(error) });
      }
    }
  }

  /** Removes from Redis what no endpoint needs any more. */
  async #tidy(): Promise<void> {
    for (const id of this.#toForget) {
      await this.#store.forget(id);
      this.#toForget.delete(id);
    }
    if (this.#lanes.size === 0) return this.#store.clear();
    const cursor = lastNeeded([...this.#lanes.values()]);
    if (cursor === undefined || cursor === this.#settled) return;
    await this.#store.settle(cursor);
    this.#settled = cursor === '+' ? '' : cursor;
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()));
    await Promise.all([this.#redis.stop(), this.#waiting.stop(), this.#tail.stop()]);
    this.#sender.stop();
  }
}

/** One for reading and writing, and one that waits inside Redis. */
function connections({ config, logger }: DispatcherOptions, keys: RedisKeys, clock: Clock) {
  const troubles = new RedisTroubles({ logger, clock });
  const common = { address: () => redisOptions(config()), troubles, logger, clock };
  const owner = new PresentOwner(config().home, keys);
  const redis = new RedisConnection({ ...common, name: 'webhooks', owner, isWatched: true });
  return { redis, waiting: new RedisConnection({ ...common, name: 'webhooks-waiting' }) };
}
