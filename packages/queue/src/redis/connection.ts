import { Redis, type RedisOptions } from 'ioredis';
import { Lifetime, PinkyError, type Clock, type Logger, type LongLived } from '@pinky/protocol';
import type { BoxOwner } from '../owner/box-owner.js';
import { isNotOwner, type FencedClient } from '../owner/fenced-script.js';
import { withoutSecrets, type RedisAddress } from './address.js';
import { within } from './within.js';

export interface ConnectionOptions {
  /** Names the connection in logs and in `CLIENT LIST`. */
  readonly name: string;
  /** It is asked again before each attempt, because a reload may change it. */
  readonly address: () => RedisAddress;
  /** Claims the box's name over each new connection. One whose claim fails is never ready. */
  readonly owner?: Pick<BoxOwner, 'claim' | 'fence'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** How long a call may take before its connection is given up and replaced, milliseconds. */
export const callDeadlineMs = 5_000;
/** Pauses between attempts to connect, milliseconds: doubled from the first to the longest. */
const firstPauseMs = 20;
const longestPauseMs = 500;
const endedWithinMs = 1_000;

/**
 * One connection to Redis. Its client never connects again by itself: the first failure, or a call past its deadline,
 * ends it, and a new client takes its place. So a call has happened, or has failed in time, or (where its connection
 * ended) may have happened. Nothing is sent again behind the caller's back.
 */
export class RedisConnection implements LongLived {
  #redis: Redis | undefined;
  #isReady = false;
  #isAway = false;
  #failure: unknown;
  readonly #life = new Lifetime({
    begin: (signal) => this.#life.add(this.#keepConnected(signal)),
    end: () => this.replace(),
  });
  /** Ends the wait for the present client's end. Undefined while there is no client. */
  #giveUp: (() => void) | undefined;
  #giveUpTimer: NodeJS.Timeout | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly options: ConnectionOptions) {}

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Why there is no connection now, for people. Undefined while there is one, and before the first attempt ended. */
  get trouble(): string | undefined {
    return this.#isReady || this.#failure === undefined ? undefined : this.#sentence(this.#failure);
  }

  /** `listener` is called each time that the connection is ready. Answers how to stop listening. */
  onReady(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
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
  replace(): void {
    this.#isReady = false;
    this.#redis?.disconnect();
    if (!this.#giveUp || this.#giveUpTimer) return;
    // A client that never ends is left to the garbage collector.
    this.#giveUpTimer = setTimeout(this.#giveUp, endedWithinMs).unref();
  }

  /**
   * Throws `redis_unavailable` where there is no connection, or where the call is not answered in time, and `box_taken`
   * where the box is another home's by now: then the connection is replaced, and the next one claims the box again.
   */
  async run<T>(what: string, call: (redis: Redis) => Promise<T>, deadlineMs = callDeadlineMs): Promise<T> {
    const redis = this.#redis;
    if (!redis || !this.#isReady) throw new PinkyError('redis_unavailable', `${what}: no connection to Redis`);
    try {
      return await within(call(redis), deadlineMs);
    } catch (cause) {
      const isAnswer = cause instanceof Error && cause.name === 'ReplyError';
      if (isAnswer && !isNotOwner(cause)) throw cause;
      if (this.#redis === redis) this.replace();
      if (isAnswer) throw new PinkyError('box_taken', `${what}: another home has claimed this box`);
      throw new PinkyError('redis_unavailable', `${what}: ${this.#sentence(cause)}`);
    }
  }

  /** As `run`, for what only the owner of the box's name may do. */
  write<T>(what: string, call: (redis: FencedClient) => Promise<T>): Promise<T> {
    const { owner } = this.options;
    if (!owner) throw new Error(`${this.options.name}: a connection without an owner writes nothing`);
    return this.run(what, (client) => call({ client, fence: owner.fence }));
  }

  async #keepConnected(signal: AbortSignal): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      const redis = new Redis({ ...this.options.address(), ...oneLife, connectionName: `pinky-${this.options.name}` });
      this.#redis = redis;
      const ended = new Promise<void>((resolve) => {
        this.#giveUp = resolve;
        redis.once('end', () => resolve());
      });
      let failure: unknown;
      redis.on('error', (error: Error) => { failure = error; });
      try {
        await within(redis.connect(), callDeadlineMs);
        if (this.options.owner) await within(this.options.owner.claim(redis), callDeadlineMs);
        pauseMs = firstPauseMs;
        if (!signal.aborted) this.#arrived();
      } catch (error) {
        failure ??= error;
        this.replace();
      }
      await ended;
      this.#forget();
      if (signal.aborted) return;
      this.#lost(failure);
      await this.options.clock.rest(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  #forget(): void {
    this.#isReady = false;
    this.#giveUp = undefined;
    clearTimeout(this.#giveUpTimer);
    this.#giveUpTimer = undefined;
  }

  #arrived(): void {
    this.#isReady = true;
    if (this.#isAway) this.options.logger.info({ event: 'redis.back', connection: this.options.name });
    this.#isAway = false;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Logs each absence once. */
  #lost(failure: unknown): void {
    this.#failure = failure ?? new Error('the connection ended');
    if (this.#isAway) return;
    this.#isAway = true;
    this.options.logger.warn({ event: 'redis.away', connection: this.options.name, because: this.#sentence(failure) });
  }

  #sentence(failure: unknown): string {
    const text = failure instanceof Error ? failure.message : 'the connection ended';
    return withoutSecrets(text === '' ? 'nobody answers' : text, this.options.address());
  }
}

/** A client that fails at once instead of waiting, sending again or connecting again. */
const oneLife = {
  lazyConnect: true,
  retryStrategy: () => null,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  connectTimeout: callDeadlineMs,
  // How long a half-closed socket may stay before it is destroyed: a server that was stopped never closes its half.
  disconnectTimeout: 100,
} satisfies RedisOptions;
