import { createHash } from 'node:crypto';
import {
  distributionDefaults,
  PinkyError,
  redisKeys,
  suggest,
  type BoxConfig,
  type DistributeData,
  type DistributionCommand,
  type DistributionOrder,
  type DistributionResult,
  type DistributionsResult,
} from '@pinky/protocol';
import type { BoxCommandTerms } from '../commands/box-command-terms.js';
import type { RedisContext } from '../redis/redis-context.js';
import { isOver, newDistribution, viewOf } from './distribution.js';
import type { Distributions } from './distributions.js';

export interface DistributionCommandsOptions extends Pick<RedisContext, 'redis' | 'clock'> {
  readonly config: () => BoxConfig;
  readonly distributions: Distributions;
}

/** How long a first connection to Redis is waited for, milliseconds. */
const connectMs = 2_000;

/** Answers the commands about distributions. */
export class DistributionCommands {
  constructor(private readonly options: DistributionCommandsOptions) {}

  /** Throws `bad_command`, `not_found`, `conflict`, and `redis_unavailable`: what is asked for stands in Redis. */
  answer(command: DistributionCommand, { id }: BoxCommandTerms): Promise<DistributionResult | DistributionsResult> {
    switch (command.name) {
      case 'distribute': return this.#distribute(command.data, idOf(id));
      case 'distributions': return this.#list(command.data.distribution);
      case 'distribution cancel': return this.#cancel(command.data.distribution);
      case 'distribution wave': return this.#wave(command.data.distribution);
    }
  }

  #distribute(data: DistributeData, id: string): Promise<DistributionResult> {
    const { distributions, clock } = this.options;
    const order = orderOf(data, this.options.config());
    return this.#changing(id, async () => {
      const { book } = distributions;
      if (book.get(id)) return true;
      await this.#assertKnown(order.boxes);
      await book.makeRoom();
      await book.put(newDistribution(id, order, Math.round(clock.wallNow())));
      await distributions.advance(id);
      return false;
    });
  }

  async #list(id: string | undefined): Promise<DistributionsResult> {
    const { distributions, redis } = this.options;
    await this.#connected();
    // As they were last seen: nobody who lists waits for a look, or for a Redis that is away.
    if (!distributions.book.isRead && redis.isReady) await distributions.exclusively(async () => undefined);
    const all = distributions.book.all();
    if (id !== undefined) return { distributions: [viewOf(distributions.book.known(id), true)] };
    return { distributions: all.reverse().map((one) => viewOf(one, false)) };
  }

  #cancel(id: string): Promise<DistributionResult> {
    const { distributions } = this.options;
    return this.#changing(id, async () => {
      const one = distributions.book.known(id);
      if (isOver(one) || one.state === 'cancelled') return true;
      await distributions.end(one, 'cancelled');
      await distributions.advance(id);
      return false;
    });
  }

  /** All that its boxes have answered is written down when this is answered, and only then BullMQ may forget it. */
  async #wave(id: string): Promise<DistributionResult> {
    const { distributions } = this.options;
    await this.#changing(id, async () => {
      if (!isOver(distributions.book.known(id))) await distributions.advance(id);
      return false;
    });
    // BullMQ keeps this answer for each wave: a thousand boxes in each would be too much.
    return { distribution: viewOf(distributions.book.known(id), false) };
  }

  async #changing(id: string, change: () => Promise<boolean>): Promise<DistributionResult> {
    const { distributions, redis } = this.options;
    await this.#connected();
    if (!redis.isReady) throw new PinkyError('redis_unavailable', 'distributions stand in Redis, which is away');
    return distributions.exclusively(async () => {
      const isAlready = await change();
      const distribution = viewOf(distributions.book.known(id), true);
      return { distribution, ...(isAlready && { already: true as const }) };
    });
  }

  /** Waits while a queue that has only just begun connects for the first time. */
  async #connected(): Promise<void> {
    const { redis, clock } = this.options;
    if (redis.isReady || redis.trouble !== undefined) return;
    const over = new AbortController();
    const late = clock.rest(connectMs, over.signal);
    await Promise.race([redis.untilReady(over.signal).catch(() => undefined), late]);
    over.abort();
  }

  /** Throws `not_found` for names that no box on this Redis has ever had: a typing error would wait for ever. */
  async #assertKnown(boxes: readonly string[]): Promise<void> {
    const { redis } = this.options;
    const found = await redis.run('look for boxes', (client) =>
      Promise.all(boxes.map((box) => {
        const { owner, heartbeat, boxState } = redisKeys(box);
        return client.exists(owner, heartbeat, boxState);
      })));
    const unknown = boxes.filter((_, i) => found[i] === 0);
    if (unknown.length === 0) return;
    const [names, verb] = [unknown.slice(0, 10).join(', '), unknown.length === 1 ? 'has' : 'have'];
    throw new PinkyError('not_found', `${names} ${verb} never been up on this Redis`, {
      remedy: 'check the names of the boxes (`box:` in their pinky.yml), and that they use the same Redis',
    });
  }
}

/** The same command has the same distribution, however often it comes. */
const idOf = (command: string): string => `d${createHash('sha256').update(command).digest('hex').slice(0, 12)}`;

function orderOf({ boxes, group, ...data }: DistributeData, { groups = {} }: BoxConfig): DistributionOrder {
  const named = boxes ?? groups[group ?? ''];
  if (!named) throw unknownGroup(group ?? '', Object.keys(groups));
  return { ...distributionDefaults, ...data, boxes: [...new Set(named)], ...(group !== undefined && { group }) };
}

function unknownGroup(group: string, known: readonly string[]): PinkyError {
  const near = suggest(group, known);
  const there = known.length === 0 ? 'there is none' : `there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`;
  const hint = near === undefined ? there : `did you mean ${near}?`;
  return new PinkyError('not_found', `there is no group ${group} in pinky.yml: ${hint}`, {
    remedy: 'name a group of `groups` in pinky.yml, or the boxes themselves',
  });
}
