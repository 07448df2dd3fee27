import type { Redis } from 'ioredis';
import { PinkyError, redisKeys, remedies, type Clock, type Heartbeat, type Logger } from '@pinky/protocol';
import { claimName, releaseName, type OtherOwner } from './claim.js';
import type { Fence } from './fenced-script.js';
import type { HomeInstance } from './home-instance.js';

export interface BoxOwnerOptions {
  readonly box: string;
  readonly keys: ReturnType<typeof redisKeys>;
  readonly instance: HomeInstance;
  /** The Redis is the home's own: nobody else can write there, so the name is ours whatever is written. */
  readonly isPrivate: () => boolean;
  /** How long the heartbeat of a claim lives, milliseconds. */
  readonly heartbeatLifeMs: () => number;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Holds the box's name in Redis for this queue. Every new connection claims it again, and nothing is taken, published,
 * answered or removed over a connection whose claim failed.
 */
export class BoxOwner {
  #claim: string | undefined;
  #tenure = 0;
  #other: OtherOwner | undefined;
  /** Since when Redis knows no owner any more, while another home had the name. */
  #forgottenAt: number | undefined;

  constructor(private readonly options: BoxOwnerOptions) {}

  /** The claim that scripts compare. Throws `box_taken` while another home owns the name. */
  get fence(): Fence {
    if (this.#claim === undefined) throw this.#taken();
    return { key: this.options.keys.owner, claim: this.#claim, tenure: this.#tenure };
  }

  /** The writer's names, for the heartbeat. Throws `box_taken`. */
  get signature(): Pick<Heartbeat, 'identity' | 'host' | 'home' | 'bootId' | 'place' | 'epoch'> {
    const { identity, host, home, bootId, place } = this.options.instance;
    return {
      identity,
      host,
      home,
      bootId,
      place,
      epoch: epochOf(this.fence.claim),
    };
  }

  /** The home that has the name instead of us, since the last claim failed. */
  get other(): OtherOwner | undefined {
    return this.#other;
  }

  /** Claims the name over a new connection. Throws `box_taken`. */
  async claim(redis: Redis): Promise<void> {
    const { keys, instance, isPrivate, heartbeatLifeMs, logger, box } = this.options;
    const mode = isPrivate() ? 'takeOver' : 'claim';
    if (mode === 'claim' && (await this.#isToWait(redis))) throw this.#taken();
    const verdict = await claimName(redis, keys, instance, { mode, heartbeatLifeMs: heartbeatLifeMs() });
    if (verdict.type === 'ours') {
      if (this.#other) logger.info({ event: 'box.claimed', box });
      this.#claim = verdict.claim;
      // A version that writes no owner leaves no other trace than that it refused us.
      if (verdict.isFirst || this.#other) this.#tenure += 1;
      this.#other = undefined;
      return;
    }
    this.#claim = undefined;
    const isNews = this.#other?.kind === undefined;
    this.#other = verdict.type === 'taken' ? verdict.by : undefined;
    const error = this.#taken();
    if (isNews) logger.error({
      event: 'box.taken',
      box,
      because: error.message,
      remedy: remedies.box_taken,
    });
    throw error;
  }

  /**
   * Whether the other home is to have the name first. A Redis that has lost its data knows neither of the two, and the
   * one that had the name claims it again within a moment, if it lives.
   */
  async #isToWait(redis: Redis): Promise<boolean> {
    const { clock, heartbeatLifeMs, keys } = this.options;
    const isForgotten = this.#other !== undefined && (await redis.exists(keys.owner)) === 0;
    if (!isForgotten) this.#forgottenAt = undefined;
    else this.#forgottenAt ??= clock.now();
    return this.#forgottenAt !== undefined && clock.now() < this.#forgottenAt + heartbeatLifeMs();
  }

  /** The box is down, and another may have its name. */
  async release(redis: Redis): Promise<void> {
    if (this.#claim !== undefined) await releaseName(redis, this.options.keys, this.#claim);
  }

  #taken(): PinkyError {
    return boxTaken(this.options.box, this.options.instance, this.#other);
  }
}

/** A claim is `<epoch>-<random part>`. */
const epochOf = (claim: string): number => Number(claim.split('-')[0]);

/** The error that names both sides. */
export function boxTaken(box: string, instance: HomeInstance, other: OtherOwner | undefined): PinkyError {
  const us = `this is ${placeText(instance)}`;
  const them = placeText(other ?? {});
  const sentences = {
    lives: `box ${box} runs already on ${them}, and ${us}`,
    earlier: `box ${box} was running on ${them} a moment ago, and ${us}`,
    copy: `box ${box} belongs to ${them}; one of the two homes is a copy of the other, and ${us}`,
    unnamed: `box ${box} runs already, under a version that does not say on which host, and ${us}`,
    gone: `box ${box} belongs to ${them}, which never gave it back, and ${us}`,
  };
  const { host, home } = instance;
  return new PinkyError('box_taken', sentences[other?.kind ?? 'lives'], { details: { host, home, other } });
}

const placeText = ({ host, home }: { readonly host?: string; readonly home?: string }): string =>
  `host ${host ?? '(unknown)'}${home === undefined ? '' : `, home ${home}`}`;
