import { Lifetime, messageOf, type LongLived } from '@pinky/protocol';
import type { RedisContext } from '../redis/redis-context.js';

export type BoxStateName = 'up' | 'stopping' | 'down';

/**
 * `pinky:<box>:state`. A start writes `up`, whatever was there. A Redis that comes back keeps what it has, so that a
 * `down` which an operator set by hand stands until the next start.
 */
export class BoxState implements LongLived {
  #wanted: BoxStateName = 'up';
  #isWritten = false;
  #offReady: (() => void) | undefined;
  readonly #life = new Lifetime({
    begin: () => { this.#offReady = this.options.redis.onReady(() => this.#life.add(this.#write())); },
    end: () => this.#offReady?.(),
  });

  constructor(private readonly options: Omit<RedisContext, 'clock'>) {}

  get isStopping(): boolean {
    return this.#wanted !== 'up';
  }

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Resolves when Redis has the state, or cannot be reached. Then it is written when Redis is back. */
  async set(state: BoxStateName): Promise<void> {
    this.#wanted = state;
    this.#isWritten = false;
    await this.#write();
  }

  /** Whether somebody has set the box down. False where Redis cannot tell. */
  async isDown(): Promise<boolean> {
    const { redis, keys } = this.options;
    return redis
      .run('read box state', (client) => client.get(keys.boxState))
      .then(
        (state) => state === 'down',
        () => false,
      );
  }

  async #write(): Promise<void> {
    const { redis, keys, logger } = this.options;
    if (!redis.isReady) return;
    try {
      const state = this.#wanted;
      await redis.run('write box state', (client) =>
        this.#isWritten ? client.set(keys.boxState, state, 'NX') : client.set(keys.boxState, state),
      );
      this.#isWritten = true;
    } catch (error) {
      logger.warn({ event: 'box_state.unwritten', because: messageOf(error) });
    }
  }
}
