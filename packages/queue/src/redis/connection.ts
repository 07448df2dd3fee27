import type { Redis } from 'ioredis';
import {
  Lifetime,
  messageOf,
  PinkyError,
  toWholeSecond,
  type Clock,
  type Logger,
  type LongLived,
} from '@pinky/protocol';
import type { BoxOwner } from '../owner/box-owner.js';
import { isNotOwner, type Fence, type FencedClient } from '../owner/fenced-script.js';
import { withKeyNamed, wrongTypeOf } from '../refusal/wrong-type.js';
import { MasterWatch } from '../sentinel/master-watch.js';
import { withoutSecrets, type RedisAddress } from './address.js';
import { connectDeadlineMs, RedisClient } from './client.js';
import { mayPass, needsNewConnection, refusalOf, troubleOf, unusable } from './trouble.js';
import type { RedisTroubles } from './troubles.js';
import { within } from './within.js';

export interface ConnectionOptions {
  /** Names the connection in logs and in `CLIENT LIST`. */
  readonly name: string;
  /** It is asked again before each attempt, because a reload may change it. Throws `bad_option`. */
  readonly address: () => RedisAddress;
  /** Claims the box's name over each new connection. One whose claim fails is never ready. */
  readonly owner?: Pick<BoxOwner, 'claim' | 'fence'>;
  /** Asks regularly whether the server still answers, and is no replica. */
  readonly isWatched?: boolean;
  readonly troubles: RedisTroubles;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** How long a call may take before its connection is given up and replaced, milliseconds. */
export const callDeadlineMs = 5_000;
/** Pauses between attempts to connect, milliseconds: doubled from the first to the longest. */
const firstPauseMs = 20;
const longestPauseMs = 500;
/** Between two looks at a watched server, and how long it may take to answer, milliseconds. */
const lookMs = 1_000;
const lookDeadlineMs = 3_000;
/** How long Redis may be away before that counts as trouble, milliseconds. A restart takes less. */
const longAwayMs = 10_000;

/**
 * One connection to Redis. Its client never connects again by itself: the first failure, or a call past its deadline,
 * ends it, and a new client takes its place. So a call has happened, or has failed in time, or (where its connection
 * ended) may have happened. Nothing is sent again behind the caller's back.
 */
export class RedisConnection implements LongLived {
  #client: RedisClient | undefined;
  #isReady = false;
  #masterWatch: MasterWatch | undefined;
  #awaySince: number | undefined;
  #trouble: string | undefined;
  readonly #life = new Lifetime({
    begin: (signal) => this.#life.add(this.#keepConnected(signal)),
    end: () => this.replace(),
  });
  readonly #readyListeners = new Set<() => void>();
  readonly #lostListeners = new Set<(because: unknown) => void>();

  constructor(private readonly options: ConnectionOptions) {}

  /** The Sentinels that do not answer, as `host:port`, where this connection is watched. It may work all the same. */
  get silentSentinels(): readonly string[] {
    return this.#masterWatch?.silent ?? [];
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether the server has a replica, as of the last look. */
  get hasReplica(): boolean {
    return this.#client?.hasReplica === true;
  }

  /** Why there is no connection now, for people. Undefined while there is one, and before the first attempt ended. */
  get trouble(): string | undefined {
    return this.#isReady ? undefined : this.#trouble;
  }

  /** `listener` is called each time that the connection is ready. Answers how to stop listening. */
  onReady(listener: () => void): () => void {
    this.#readyListeners.add(listener);
    return () => void this.#readyListeners.delete(listener);
  }

  /** `listener` is called each time that a connection which was ready is lost, with the failure that ended it. */
  onLost(listener: (because: unknown) => void): void {
    this.#lostListeners.add(listener);
  }

  /** Resolves once there is a connection. Throws `redis_unavailable` when `signal` aborts. */
  untilReady(signal: AbortSignal): Promise<void> {
    if (this.#isReady) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        off();
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const off = this.onReady(() => done(resolve));
      const onAbort = (): void => done(() => reject(new PinkyError('redis_unavailable', 'stopped waiting for Redis')));
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Ends the present connection. The next one goes to the address as it is then. */
  replace(because?: unknown): void {
    this.#client?.end(because);
    this.#left(because);
  }

  /**
   * Throws `redis_unavailable` if there is no connection, or if the call is not answered in time, and `box_taken`
   * if the box is another home's by now: then the connection is replaced, and the next one claims the box again. It
   * is replaced too if the server says that it is the wrong one by now.
   */
  async run<T>(what: string, call: (redis: Redis) => Promise<T>, deadlineMs = callDeadlineMs): Promise<T> {
    const client = this.#client;
    if (!client || !this.#isReady) throw new PinkyError('redis_unavailable', `${what}: no connection to Redis`);
    try {
      const result = await within(call(client.redis), deadlineMs);
      this.options.troubles.works(what);
      return result;
    } catch (cause) {
      throw this.#failed(what, client, await withKeyNamed(client.redis, cause));
    }
  }

  /** The error, or (where it is about the type of a key of ours) one that names the key and is said at error. */
  async explained(what: string, error: unknown): Promise<unknown> {
    const client = this.#client;
    if (!client || !this.#isReady) return error;
    const explained = await withKeyNamed(client.redis, error);
    if (explained !== error) this.options.troubles.failed(what, explained);
    return explained;
  }

  /** As `run`, for what only the owner of the box's name may do. */
  write<T>(what: string, call: (redis: FencedClient) => Promise<T>): Promise<T> {
    const { owner } = this.options;
    if (!owner) throw new Error(`${this.options.name}: a connection without an owner writes nothing`);
    return this.run(what, (client) => call({ client, fence: owner.fence }));
  }

  /** The claim that each write is compared with. Undefined for a connection that writes nothing. */
  get fence(): Fence | undefined {
    return this.options.owner?.fence;
  }

  #failed(what: string, client: RedisClient, cause: unknown): unknown {
    const isAnswer = cause instanceof Error && cause.name === 'ReplyError';
    if (isAnswer && !isNotOwner(cause) && !needsNewConnection(cause)) {
      if (refusalOf(cause) !== undefined) this.options.troubles.failed(what, cause, sentenceOf(cause, client.address));
      return cause;
    }
    if (this.#client === client) this.replace(cause);
    if (isNotOwner(cause)) return new PinkyError('box_taken', `${what}: another home has claimed this box`);
    return new PinkyError('redis_unavailable', `${what}: ${sentenceOf(cause, client.address)}`);
  }

  async #keepConnected(signal: AbortSignal): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      if (await this.#liveOnce(signal)) pauseMs = firstPauseMs;
      if (signal.aborted) return;
      await this.options.clock.rest(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  /** One client from its beginning to its end. Answers whether it was ever ready. */
  async #liveOnce(signal: AbortSignal): Promise<boolean> {
    let client: RedisClient | undefined;
    let wasReady = false;
    try {
      client = this.#client = new RedisClient(this.options.address(), `pinky-${this.options.name}`);
      await within(this.#open(client), connectDeadlineMs);
      wasReady = true;
      if (!client.over.aborted && !signal.aborted) this.#arrived(client);
    } catch (error) {
      if (!client) {
        this.#lost(error, undefined);
        return false;
      }
      client.end(error);
    }
    await client.ended;
    this.#left(client.failure);
    if (!signal.aborted) this.#lost(client.failure, client.address);
    return wasReady;
  }

  async #open(client: RedisClient): Promise<void> {
    const { owner, troubles, name, isWatched } = this.options;
    // Only the watched connection looks again, and hears when it may.
    await client.open((error) => { if (isWatched) troubles.failed(lookOf(name), error); });
    try {
      if (owner) await owner.claim(client.redis);
    } catch (error) {
      throw await withKeyNamed(client.redis, error);
    }
  }

  #arrived(client: RedisClient): void {
    const { logger, name, troubles, isWatched } = this.options;
    this.#isReady = true;
    if (this.#awaySince !== undefined) logger.info({ event: 'redis.back', connection: name });
    this.#awaySince = undefined;
    troubles.works(name);
    if (isWatched) this.#life.add(this.#watch(client));
    for (const listener of [...this.#readyListeners]) listener();
  }

  #left(because: unknown): void {
    if (!this.#isReady) return;
    this.#isReady = false;
    for (const listener of this.#lostListeners) listener(because);
  }

  /** A server that hangs, or that became a replica, ends no connection. */
  async #watch(client: RedisClient): Promise<void> {
    const { clock, troubles, name } = this.options;
    const watch = client.address.sentinels && new MasterWatch(client.address);
    this.#masterWatch = watch;
    while (await clock.rest(toWholeSecond(lookMs, clock.now()), client.over)) {
      try {
        if (await watch?.namesAnother(client.redis.stream)) throw unusable('unsettled', anotherMaster);
        const refusal = await client.look(lookDeadlineMs);
        if (refusal === undefined) troubles.works(lookOf(name));
        else troubles.failed(lookOf(name), refusal);
        await this.#lookAtKeys(client);
      } catch (error) {
        if (this.#client === client) this.replace(error);
      }
    }
    watch?.end();
  }

  /** Whether keys that had a wrong type have the right one by now. */
  async #lookAtKeys({ redis }: RedisClient): Promise<void> {
    const { troubles } = this.options;
    for (const key of troubles.wrongKeys) {
      const wrong = await wrongTypeOf(redis, key);
      if (wrong) troubles.failed(key, wrong);
      else troubles.keyIsRight(key);
    }
  }

  /** Logs each absence once, and once more as trouble if it lasts or has a cause that somebody must remove. */
  #lost(failure: unknown, address: RedisAddress | undefined): void {
    const { logger, clock, name, troubles } = this.options;
    const because = (this.#trouble = sentenceOf(failure, address ?? {}));
    const isNews = this.#awaySince === undefined;
    this.#awaySince ??= clock.now();
    if (isNews) logger.warn({ event: 'redis.away', connection: name, because });
    if (failure instanceof PinkyError && failure.code === 'box_taken') return; // its owner says so
    const isPassing = mayPass(troubleOf(failure).kind);
    if (!isPassing || clock.now() - this.#awaySince >= longAwayMs) troubles.failed(name, failure, because);
  }
}

const anotherMaster = 'the Sentinels have made another server the master';

/** The name that `RedisTroubles` has for it when Redis may not be asked about itself. */
const lookOf = (name: string): string => `look of ${name}`;

function sentenceOf(failure: unknown, address: RedisAddress): string {
  const text = failure === undefined ? 'the connection ended' : messageOf(failure);
  return withoutSecrets(text === '' ? 'nobody answers' : text, address);
}
