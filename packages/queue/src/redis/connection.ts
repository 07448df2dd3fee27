import { Redis, type RedisOptions } from 'ioredis';
import { PinkyError, type Clock, type Logger } from '@pinky/protocol';
import { lifetime } from '../lifetime.js';
import { withoutSecrets, type RedisAddress } from './address.js';
import { within } from './within.js';

export interface ConnectionOptions {
  /** Names the connection in logs and in `CLIENT LIST`. */
  readonly name: string;
  /** Asked before each attempt, so that a reload may change it. */
  readonly address: () => RedisAddress;
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
 * One connection to Redis that never comes back by itself: the first failure, or a call past its deadline, ends it and
 * a new one takes its place. So a call has either happened, or failed in time, or (its connection having ended) may
 * have happened: nothing is sent again behind the caller's back.
 */
export class RedisConnection {
  #redis: Redis | undefined;
  #isReady = false;
  #isAway = false;
  #stopped: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #giveUp = (): void => undefined;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly options: ConnectionOptions) {}

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Called each time that a connection is ready. Returns how to stop listening. */
  onReady(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves once there is a connection; rejects when `signal` aborts. */
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

  start(): void {
    if (this.#stopped) return;
    this.#stopped = lifetime();
    this.#running = this.#keepConnected(this.#stopped.signal);
  }

  async stop(): Promise<void> {
    this.#stopped?.abort(new Error('stopped'));
    this.replace();
    await this.#running;
    this.#stopped = undefined;
  }

  /** Ends the present connection; the next one uses the address as it is then. */
  replace(): void {
    this.#isReady = false;
    this.#redis?.disconnect();
    setTimeout(this.#giveUp, endedWithinMs).unref(); // a client that does not even end is left to the collector
  }

  /** Throws `redis_unavailable` where there is no connection, or where the call is not answered in time. */
  async run<T>(what: string, call: (redis: Redis) => Promise<T>, deadlineMs = callDeadlineMs): Promise<T> {
    const redis = this.#redis;
    if (!redis || !this.#isReady) throw new PinkyError('redis_unavailable', `${what}: no connection to Redis`);
    try {
      return await within(call(redis), deadlineMs);
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'ReplyError') throw cause;
      if (this.#redis === redis) this.replace();
      throw new PinkyError('redis_unavailable', `${what}: ${this.#sentence(cause)}`);
    }
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
        pauseMs = firstPauseMs;
        if (!signal.aborted) this.#arrived();
      } catch (error) {
        failure ??= error;
        this.replace();
      }
      await ended;
      this.#isReady = false;
      if (signal.aborted) return;
      this.#lost(failure);
      await this.options.clock.rest(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  #arrived(): void {
    this.#isReady = true;
    if (this.#isAway) this.options.logger.info({ event: 'redis.back', connection: this.options.name });
    this.#isAway = false;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Said once per absence. */
  #lost(failure: unknown): void {
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
  // How long a half-closed socket may linger before it is destroyed: a stopped server never closes its half.
  disconnectTimeout: 100,
} satisfies RedisOptions;
