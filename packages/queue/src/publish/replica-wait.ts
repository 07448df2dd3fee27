import type { RedisConnection } from '../redis/connection.js';
import { refusalOf } from '../redis/trouble.js';
import type { RedisContext } from '../redis/redis-context.js';

/** How long a replica may take to confirm, milliseconds. It takes one or two on a network. */
const confirmMs = 200;
/** After replicas were late nobody waits for this long, milliseconds, because WAIT holds up the whole connection. */
const patienceMs = 2_000;

/**
 * Waits until a replica has what was published. Redis replicates when it can, and a box does not stand still because it
 * cannot: where no replica is connected, or none confirms in time, nobody waits.
 */
export class ReplicaWait {
  #underWay: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly redis: Pick<RedisConnection, 'hasReplica' | 'run'>,
    private readonly clock: RedisContext['clock'],
  ) {}

  /**
   * For everything that Redis has answered by now. All who come while a WAIT is under way share the next one. Throws
   * `redis_unavailable` if the connection is lost meanwhile.
   */
  async confirmed(): Promise<void> {
    if (!this.redis.hasReplica || this.clock.now() < this.#notBefore) return;
    if (!this.#underWay) return this.#wait();
    this.#following ??= this.#underWay.catch(() => undefined).then(() => {
      this.#following = undefined;
      return this.#wait();
    });
    return this.#following;
  }

  #wait(): Promise<void> {
    this.#underWay = this.#confirm().finally(() => { this.#underWay = undefined; });
    return this.#underWay;
  }

  async #confirm(): Promise<void> {
    if ((await this.#replicas()) === 0) this.#notBefore = this.clock.now() + patienceMs;
  }

  /** How many have confirmed. None if WAIT is not allowed. */
  async #replicas(): Promise<number> {
    try {
      return await this.redis.run('wait for a replica', (client) => client.wait(1, confirmMs));
    } catch (error) {
      if (refusalOf(error) === undefined) throw error;
      return 0;
    }
  }
}
