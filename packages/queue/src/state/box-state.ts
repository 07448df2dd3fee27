import { redisKeys, type Logger } from '@pinky/protocol';
import type { RedisConnection } from '../redis/connection.js';

export type BoxStateName = 'up' | 'stopping' | 'down';

/**
 * `pinky:<box>:state`. A start says `up`, whatever was there; a Redis that comes back keeps what it has, so that a
 * `down` which an operator set by hand stands until the next start.
 */
export class BoxState {
  #wanted: BoxStateName = 'up';
  #isWritten = false;
  #offReady: (() => void) | undefined;

  constructor(
    private readonly options: {
      readonly redis: RedisConnection;
      readonly keys: ReturnType<typeof redisKeys>;
      readonly logger: Logger;
    },
  ) {}

  get isStopping(): boolean {
    return this.#wanted !== 'up';
  }

  start(): void {
    this.#offReady ??= this.options.redis.onReady(() => void this.#write());
  }

  stop(): void {
    this.#offReady?.();
  }

  /** Resolves when Redis has it, or cannot be reached: then its return brings it. */
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
      logger.warn({ event: 'box_state.unwritten', because: error instanceof Error ? error.message : String(error) });
    }
  }
}
