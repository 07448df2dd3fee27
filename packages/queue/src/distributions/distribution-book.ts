import { distributionLimits, hasFields, PinkyError, type BoxFetch } from '@pinky/protocol';
import { FencedScript } from '../owner/fenced-script.js';
import type { RedisContext } from '../redis/redis-context.js';
import { isOver, newDistribution, type Distribution } from './distribution.js';

/** KEYS index, distribution. ARGV score, id, then fields and values. */
const write = new FencedScript(`
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end`);

/** KEYS index, distribution. ARGV id. */
const remove = new FencedScript(`
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])`);

/** The fields of a distribution's hash. Beside them there is one for each box. */
const [orderField, stateField] = ['order', 'state'] as const;
const boxField = (box: string): string => `box:${box}`;

/**
 * The distributions that this box was asked for: in Redis, and as they were last read or written in memory. They belong
 * to the box's name, so whoever has that goes on with them. Only what has changed is written, and Redis comes first.
 */
export class DistributionBook {
  #all = new Map<string, Distribution>();
  #isRead = false;

  constructor(private readonly options: RedisContext) {}

  /** Whether they were ever read. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** The oldest first. Throws `redis_unavailable` if they could not be read even once. */
  all(): Distribution[] {
    if (!this.#isRead) throw new PinkyError('redis_unavailable', 'distributions stand in Redis, which is away');
    return [...this.#all.values()];
  }

  get(id: string): Distribution | undefined {
    return this.#all.get(id);
  }

  /** Throws `not_found`. */
  known(id: string): Distribution {
    const one = this.#all.get(id);
    if (one) return one;
    throw new PinkyError('not_found', `there is no distribution ${id}`, {
      remedy: '`pinky distributions` lists them on the box that was asked for one',
    });
  }

  /** Reads them anew, as after each connection: Redis may have been restored, or another home may have had the name. */
  async read(): Promise<void> {
    const { redis, keys, logger } = this.options;
    const ids = await redis.run('list distributions', (client) => client.zrange(keys.distributions, '0', '-1'));
    const found = new Map<string, Distribution>();
    for (const id of ids) {
      const fields = await redis.run('read a distribution', (client) => client.hgetall(keys.distribution(id)));
      const one = distributionIn(id, fields);
      if (one) found.set(id, one);
      else logger.warn({ event: 'distribution.unreadable', distribution: id });
    }
    this.#all = found;
    this.#isRead = true;
  }

  async put(one: Distribution): Promise<void> {
    const { redis, keys } = this.options;
    const before = fieldsOf(this.#all.get(one.id));
    const changed = [...fieldsOf(one)].filter(([field, value]) => before.get(field) !== value);
    const args = [one.createdAt, one.id, ...changed.flat()];
    await redis.write('write a distribution', (fenced) =>
      write.run(fenced, [keys.distributions, keys.distribution(one.id)], args));
    this.#all.set(one.id, one);
  }

  /** Makes room for one more. Throws `conflict` where as many are under way as a box keeps. */
  async makeRoom(): Promise<void> {
    const { redis, keys } = this.options;
    const { mostKept } = distributionLimits;
    for (const { id } of this.all().filter(isOver)) {
      if (this.#all.size < mostKept) return;
      await redis.write('remove a distribution', (fenced) =>
        remove.run(fenced, [keys.distributions, keys.distribution(id)], [id]));
      this.#all.delete(id);
    }
    if (this.#all.size < mostKept) return;
    throw new PinkyError('conflict', `${mostKept} distributions are under way, and a box keeps no more`, {
      remedy: 'wait until one of them is over, or cancel one with `pinky distribution cancel <id>`',
    });
  }
}

function fieldsOf(one: Distribution | undefined): Map<string, string> {
  if (!one) return new Map();
  const { order, createdAt, state, because, finishedAt, waves, boxes } = one;
  return new Map<string, string>([
    [orderField, JSON.stringify({ ...order, createdAt })],
    [stateField, JSON.stringify({ state, because, finishedAt, waves })],
    ...boxes.map((each) => [boxField(each.box), JSON.stringify(each)] as const),
  ]);
}

/** Undefined for what this or another version of ours has not written whole. */
function distributionIn(id: string, fields: Readonly<Record<string, string>>): Distribution | undefined {
  try {
    const { createdAt, ...order } = JSON.parse(fields[orderField] ?? '') as Distribution['order'] & {
      readonly createdAt: number;
    };
    const state = JSON.parse(fields[stateField] ?? '') as Partial<Distribution>;
    const isWhole = hasFields(order, { funpack: 'object', waveSize: 'number', enoughPercent: 'number' }) &&
      hasFields(state, { state: 'string', waves: 'number' });
    if (!isWhole) return undefined;
    const made = newDistribution(id, order, createdAt);
    const boxes = made.boxes.map((each) => boxIn(fields[boxField(each.box)]) ?? each);
    return { ...made, ...(state as Pick<Distribution, 'state' | 'waves'>), boxes }; // looked at just above
  } catch {
    return undefined; // the caller says so
  }
}

function boxIn(text: string | undefined): BoxFetch | undefined {
  return text === undefined ? undefined : JSON.parse(text) as BoxFetch; // our own script wrote it
}
