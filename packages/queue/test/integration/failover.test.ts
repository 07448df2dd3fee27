import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { boxPaths, openPeer, redisKeys } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { examineRedis, type RedisReport } from '../../src/index.js';
import { parseRedisAddress } from '../../src/redis/address.js';
import { openClient } from '../../src/redis/client.js';
import type { TestBox } from '../support/box.js';
import { boxSetup } from '../support/box-setup.js';
import type { FakeWorker } from '../support/fake-worker.js';
import { RedisServer, SentinelPair } from '../support/redis-server.js';

const keys = redisKeys('1');
const setup = boxSetup();
let box: TestBox;
let game: FakeWorker;

async function boxOn(redis: string): Promise<void> {
  box = await setup.boxOn({ redis });
  game = setup.worker(box, 'a');
  await until('its worker is known', () => game.published.length > 0);
}

/** Adds jobs as docs/redis.md describes it: an add that fails is tried again under the same id. */
class SteadyProducer {
  readonly #jobs: Queue;
  readonly #client: Redis;
  /** Jobs that the replica has too. */
  readonly confirmed: string[] = [];
  #isOver = false;

  constructor(pair: SentinelPair) {
    const connection = {
      sentinels: pair.sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
      name: 'games',
      maxRetriesPerRequest: 1,
      connectTimeout: 2_000,
      sentinelCommandTimeout: 1_000,
      socketTimeout: 3_000,
      retryStrategy: () => 100,
      sentinelRetryStrategy: () => 100,
      reconnectOnError: (error: Error) => error.message.startsWith('READONLY') && 2 as const,
    };
    this.#jobs = new Queue('pinky-1', { connection });
    this.#client = new Redis(connection);
    for (const each of [this.#jobs, this.#client]) each.on('error', () => undefined); // expected meanwhile
    setup.atEnd(() => this.#client.disconnect(), () => this.#jobs.close());
  }

  /** Adds jobs one after the other until it is told to end. */
  async flow(): Promise<void> {
    for (let n = 0; !this.#isOver; n++) await this.#add(String(n));
  }

  end(): void {
    this.#isOver = true;
  }

  /** A Redis that has lost the job forgets that the add was answered: only what WAIT counted may be asked for. */
  async #add(message: string): Promise<void> {
    const add = async (): Promise<true> => {
      await this.#jobs.add('broadcast', { serverId: 'a', message }, { jobId: `job-${message}` });
      await this.#client.set('after', message); // WAIT counts for the writes of its own connection
      if ((await this.#client.wait(1, 50)) === 1) this.confirmed.push(message);
      return true;
    };
    await until(`job ${message} is added`, () => add().catch(() => this.#isOver), { everyMs: 50 });
  }
}

const said = (): string[] => game.commands.flatMap(({ data }) => ('message' in data ? [String(data.message)] : []));

/** Lets jobs flow, strikes the master, and waits until they flow again. How soon is a row of the bench: `failover`. */
async function failover(
  strike: (master: RedisServer, pair: SentinelPair) => unknown,
  mayRepeat = false,
): Promise<void> {
  const pair = await new SentinelPair().start();
  setup.atEnd(() => pair.end());
  await boxOn(pair.address);
  const producer = new SteadyProducer(pair);
  const flow = producer.flow();
  await until('jobs flow', () => game.commands.length > 100 && producer.confirmed.length > 100);
  const old = await pair.master();
  if (!old) throw new Error('there is no master');
  await strike(old, pair);
  await until('there is a new master', async () => (await pair.master()) !== old);
  const before = new Set(said());
  await until('jobs flow again', () => said().filter((each) => !before.has(each)).length >= 5);
  producer.end();
  await flow;
  await until('every confirmed job is obeyed', () => {
    const obeyed = new Set(said());
    return producer.confirmed.every((each) => obeyed.has(each));
  });
  if (!mayRepeat) expect(said().filter((each, at, all) => all.indexOf(each) !== at)).toEqual([]);
  expect(await pair.servers.find((each) => each !== old)?.client().get(keys.serverState('a'))).toBe('up');
}

it('goes on at the new master where the old one is killed, and loses no confirmed job', async () => {
  await failover((master) => master.kill());
});

it('goes on at the new master where the old one only freezes', async () => {
  await failover((master) => master.freeze());
});

it('goes on at the new master where it was made so by order, although the old one lives on', async () => {
  const byOrder = (_master: RedisServer, { sentinels: [sentinel] }: SentinelPair) =>
    sentinel?.client().call('SENTINEL', 'FAILOVER', 'games');
  await failover(byOrder, true); // the old master may have done what the new one does not know
});

it('says which Sentinels do not answer, while the connection to the master works', async () => {
  const pair = await new SentinelPair().start();
  setup.atEnd(() => pair.end());
  await boxOn(pair.address);
  const cli = await openPeer({ path: boxPaths(box.home).queueSocket }, {});
  const report = () => cli.request('redis', {}, { deadlineMs: 10_000 }) as Promise<RedisReport>;
  await until('it is connected', async () => (await report()).state === 'connected');
  expect(await report()).not.toHaveProperty('silentSentinels');
  const [sentinel] = pair.sentinels;
  await sentinel?.kill();
  await until('it is told', async () => (await report()).silentSentinels?.[0] === `127.0.0.1:${sentinel?.port}`);
  expect(await report()).toMatchObject({ state: 'connected' });
  await sentinel?.start();
  await until('it is told no more', async () => (await report()).silentSentinels === undefined);
  cli.destroy();
});

it('tells a worker that its events are published once a replica has them', async () => {
  const pair = await new SentinelPair().start();
  setup.atEnd(() => pair.end());
  await boxOn(pair.address);
  const master = (await pair.master())?.client() ?? new Redis();
  const waits = async (): Promise<number> =>
    Number(/cmdstat_wait:calls=(\d+)/.exec(await master.info('commandstats'))?.[1] ?? 0);
  const before = await waits();
  game.event({ type: 'chat' });
  await until('its event is published', () => game.published.length > 1);
  expect(await waits()).toBeGreaterThan(before);
});

it('leaves a master that became a replica, where new connections go elsewhere', async () => {
  const [first, second] = [await new RedisServer().start(), await new RedisServer().start()];
  setup.atEnd(() => first.end(), () => second.end());
  await boxOn(first.address);
  const change = { ...box.config, redis: second.address };
  await until('the server has its state', async () => (await first.client().get(keys.serverState('a'))) === 'up');
  // The address leads to the other one from now on; the connections that are open stay where they are.
  Object.assign(box.config, change);
  await first.client().call('REPLICAOF', '127.0.0.1', String(second.port));
  const there = second.client();
  const soon = { timeoutMs: 5_000 };
  await until('its state is there', async () => (await there.get(keys.serverState('a'))) === 'up', soon);
  const jobs = new Queue('pinky-1', { connection: { host: '127.0.0.1', port: second.port } });
  setup.atEnd(() => jobs.close());
  await jobs.add('broadcast', { serverId: 'a', message: 'hello' });
  await until('it is obeyed', () => said().includes('hello'), soon);
});

it('passes over a Sentinel that names a master of yesterday', async () => {
  const pair = await new SentinelPair().start();
  setup.atEnd(() => pair.end());
  const replica = pair.servers[1]?.port ?? 0;
  // It watches the replica alone, as one that was cut off from the others does.
  const stale = new RedisServer([`sentinel monitor games 127.0.0.1 ${replica} 1`], 'sentinel');
  setup.atEnd(() => stale.end());
  await stale.start();
  await boxOn(pair.address.replace('//', `//127.0.0.1:${stale.port},`));
  const master = (await pair.master())?.client() ?? new Redis();
  expect((await examineRedis(box.config)).filter(({ level }) => level === 'bad')).toEqual([]);
  await until('the server has its state', async () => (await master.get(keys.serverState('a'))) === 'up');
});

it('writes nothing into another master that the first Sentinel names, nor while they are divided', async () => {
  const pair = await new SentinelPair().start();
  const other = await new RedisServer().start();
  const liar = await new RedisServer([`sentinel monitor games 127.0.0.1 ${other.port} 1`], 'sentinel').start();
  const [master] = pair.servers;
  const watch = [`sentinel monitor games 127.0.0.1 ${master?.port} 1`];
  const third = await new RedisServer(watch, 'sentinel').start();
  setup.atEnd(() => pair.end(), () => other.end(), () => liar.end(), () => third.end());
  const address = pair.address.replace('//', `//127.0.0.1:${liar.port},127.0.0.1:${third.port},`);
  const listed = parseRedisAddress(address);
  expect(listed.sentinels?.[0]?.port).toBe(liar.port);
  await boxOn(address);
  expect(await master?.client().hget(keys.owner, 'claim')).toEqual(expect.any(String));
  const warnings = async () =>
    (await examineRedis(box.config)).filter(({ name }) => name === 'redis sentinel').map(({ found }) => found);
  const named = `127.0.0.1:${other.port} as the master`;
  expect(await warnings()).toEqual([
    `the Sentinel 127.0.0.1:${liar.port} names ${named}, and most name 127.0.0.1:${master?.port}`,
  ]);
  await third.kill();
  expect(await warnings()).toContain(`the Sentinel 127.0.0.1:${third.port} does not answer`);
  expect(await openClient(listed, 'divided', () => undefined).catch((error: unknown) => error)).toMatchObject({
    code: 'redis_unavailable',
    message: expect.stringContaining(`127.0.0.1:${third.port} does not answer`),
    details: { trouble: 'divided' },
  });
  expect(await other.client().dbsize()).toBe(0);
});
