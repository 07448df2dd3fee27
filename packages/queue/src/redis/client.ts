import { Redis, type RedisOptions } from 'ioredis';
import { deferred, messageOf, PinkyError, sharedAbort } from '@pinky/protocol';
import type { RedisAddress } from './address.js';
import { connectorFor } from './guarded-connector.js';
import { assertUsable, factsOf } from './server-facts.js';
import { refusalOf, unusable } from './trouble.js';
import { within } from './within.js';

/** How long a client may take to connect and to be looked at, milliseconds. A frozen server accepts connections. */
export const connectDeadlineMs = 3_000;
const endedWithinMs = 1_000;

/**
 * How every client of ours goes to an address: it looks for no other server by itself. Behind Sentinels that is where
 * most of them say that the master is (`chosenMaster`).
 */
export const clientOptions = (address: RedisAddress) => ({
  ...address,
  Connector: connectorFor(address),
  retryStrategy: () => null,
  connectTimeout: connectDeadlineMs,
  // We look ourselves. ioredis would write to the console if it may not ask.
  enableReadyCheck: false,
  // How long a half-closed socket may stay before it is destroyed: a server that was stopped never closes its half.
  disconnectTimeout: 100,
} satisfies RedisOptions);

/** A client that fails at once instead of waiting, sending again or connecting again. */
const oneLife = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
} satisfies RedisOptions;

/** One client for one life: it connects once, and its first failure ends it. */
export class RedisClient {
  readonly redis: Redis;
  readonly #over = sharedAbort();
  readonly #ended = deferred<void>();
  #failure: unknown;
  #hasReplica = false;
  #giveUp: NodeJS.Timeout | undefined;

  constructor(
    readonly address: RedisAddress,
    name: string,
    more: { readonly commandTimeout?: number } = {},
  ) {
    this.redis = new Redis({ ...clientOptions(address), ...oneLife, ...more, connectionName: name });
    this.redis.on('error', (error: Error) => { this.#failure ??= error; });
    this.redis.once('end', () => this.#end());
  }

  /** Resolves once the connection has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Aborts when the connection is to end. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Why it ended, or cannot begin. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether a replica was connected to the server when it was last looked at. */
  get hasReplica(): boolean {
    return this.#hasReplica;
  }

  /** Connects, and looks whether the server can serve a box. `refused` hears of a look that is not allowed. */
  async open(refused: (error: unknown) => void): Promise<void> {
    await this.redis.connect();
    try {
      this.#learn(await this.redis.info());
    } catch (error) {
      if (refusalOf(error) !== 'forbidden') throw error;
      refused(error);
    }
    const { db } = this.address;
    // ioredis goes on in database 0 when its SELECT fails, and only says so. Another kind of server has none at all.
    if (refusalOf(this.#failure) === 'database') {
      throw unusable('database', `database ${db} cannot be used: ${messageOf(this.#failure)}`, this.#failure);
    }
  }

  /**
   * Throws if the server does not answer in time, or has become a replica. If it answers, but may not be asked
   * about itself, its refusal is the answer.
   */
  async look(deadlineMs: number): Promise<unknown> {
    try {
      this.#learn(await within(this.redis.info('replication'), deadlineMs));
      return undefined;
    } catch (error) {
      if (refusalOf(error) !== 'forbidden') throw error;
      return error;
    }
  }

  /** A sentence of ours about the failure says more than what the socket said. */
  end(failure?: unknown): void {
    this.#failure = failure instanceof PinkyError ? failure : (this.#failure ?? failure);
    this.#over.abort(new Error('the connection ended'));
    this.redis.disconnect();
    // A client that never ends is left to the garbage collector.
    this.#giveUp ??= setTimeout(() => this.#end(), endedWithinMs).unref();
  }

  #learn(info: string): void {
    const facts = factsOf(info);
    assertUsable(facts);
    this.#hasReplica = Number(facts.get('connected_slaves') ?? 0) > 0;
  }

  #end(): void {
    clearTimeout(this.#giveUp);
    this.#over.abort(new Error('the connection ended'));
    this.#ended.resolve();
  }
}

/**
 * A client for one piece of work, which its caller ends. It is tried once for each Sentinel, because a master of
 * yesterday may be named for a moment. Throws why none could be opened; `refused` is as for `open`.
 */
export async function openClient(
  address: RedisAddress,
  name: string,
  refused: (error: unknown) => void,
  more?: { readonly commandTimeout: number },
): Promise<RedisClient> {
  for (let attempt = 1; ; attempt++) {
    const client = new RedisClient(address, name, more);
    try {
      await within(client.open(refused), connectDeadlineMs);
      return client;
    } catch (error) {
      client.end(error);
      if (attempt >= (address.sentinels?.length ?? 1)) throw client.failure;
    }
  }
}
