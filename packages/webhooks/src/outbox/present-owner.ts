import { PinkyError, type RedisKeys } from '@pinky/protocol';
import { homeInstance, type HomeInstance } from '@pinky/queue/owner';
import type { Fence, RedisClient } from '@pinky/queue/client';

/**
 * The claim under which the queue of this home has the box's name. We claim nothing ourselves: we write only while our
 * own queue may.
 */
export class PresentOwner {
  #claim: string | undefined;
  readonly #instance: HomeInstance;

  constructor(home: string, private readonly keys: RedisKeys) {
    this.#instance = homeInstance(home);
  }

  /** Throws `box_taken` before there is one. */
  get fence(): Fence {
    if (this.#claim === undefined) throw notOurs();
    return { key: this.keys.owner, claim: this.#claim };
  }

  /** Reads the claim over a new connection. Throws `box_taken` where it is another home's, or none yet. */
  async claim(redis: RedisClient['redis']): Promise<void> {
    this.#claim = undefined;
    const [identity, place, claim] = await redis.hmget(this.keys.owner, 'identity', 'place', 'claim');
    if (identity !== this.#instance.identity || place !== this.#instance.place || !claim) throw notOurs();
    this.#claim = claim;
  }
}

const notOurs = (): PinkyError => new PinkyError('box_taken', 'the queue of this home has not claimed the box');
