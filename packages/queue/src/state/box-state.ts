import { Lifetime, messageOf, type LongLived } from '@pinky/protocol';
import { FencedScript } from '../owner/fenced-script.js';
import type { RedisContext } from '../redis/redis-context.js';
import { levelOf } from '../redis/trouble.js';

export type BoxStateName = 'up' | 'stopping' | 'down';

/** KEYS state. ARGV state, 1 to keep what is there. */
const setState = new FencedScript(`
if ARGV[2] == '1' then redis.call('SET', KEYS[1], ARGV[1], 'NX') else redis.call('SET', KEYS[1], ARGV[1]) end`);

/** KEYS state. */
const getState = new FencedScript(`return redis.call('GET', KEYS[1])`);

/**
 * `pinky:<box>:state`. A start writes `up`, whatever was there, and so does a box that gets its name back from another
 * home, which may have left its own `down`. A Redis that comes back keeps what it has, so that a `down` which an
 * operator set by hand stands until the next start.
 */
export class BoxState implements LongLived {
  #wanted: BoxStateName = 'up';
  /** The tenure of the name in which the state was written. */
  #writtenIn: number | undefined;
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
    this.#writtenIn = undefined;
    await this.#write();
  }

  /**
   * Whether somebody has set the box down. Throws `box_taken` or `redis_unavailable` where it cannot be told that the
   * box is still ours.
   */
  async isDown(): Promise<boolean> {
    const { redis, keys } = this.options;
    const state = await redis.write('read box state', (fenced) => getState.run(fenced, [keys.boxState], []));
    return state === 'down';
  }

  /** Writes the state again where somebody has removed it, or where Redis refused it. */
  renew(): Promise<void> {
    return this.#write();
  }

  async #write(): Promise<void> {
    const { redis, keys, logger } = this.options;
    if (!redis.isReady) return;
    try {
      const state = this.#wanted;
      await redis.write('write box state', async (fenced) => {
        const { tenure = 0 } = fenced.fence;
        const keeps = this.#writtenIn === tenure ? 1 : 0;
        await setState.run(fenced, [keys.boxState], [state, keeps]);
        if (state === this.#wanted) this.#writtenIn = tenure;
      });
    } catch (error) {
      logger[levelOf(error, 'warn')]({ event: 'box_state.unwritten', because: messageOf(error) });
    }
  }
}
