import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Redis from 'ioredis';
import { lookFor } from '@pinky/protocol/testing';
import { RedisProcess } from './redis-process.mjs';

/** Below those of the games, and so below those that the kernel gives to outgoing connections. */
const firstPort = 12_000 + (process.pid % 500) * 8;
const name = 'games';
/** How long the pair may take to be whole again after a failover: the Sentinels' second try comes after 6 s. */
const wholeMs = 40_000;

/**
 * A master refuses writes once no replica follows it. Without this line one that is not the master any more takes
 * writes until the Sentinels tell it, which takes them seconds, and all of these are lost.
 */
const careful = ['appendonly yes', 'appendfsync no', 'save ""', 'min-replicas-to-write 1', 'min-replicas-max-lag 2'];

/** The operator's own Redis: a master, its replica, and three Sentinels that know them. */
export class RedisPair {
  kind = 'pair';
  /** How many redis-servers of the box itself there are. */
  ownServers = 0;
  #held = new Set();

  constructor(root, { lines = careful } = {}) {
    const dir = (each) => join(root, 'redis', each);
    const [first, second, ...others] = [0, 1, 2, 3, 4].map((number) => firstPort + number);
    const watch = [
      `sentinel monitor ${name} 127.0.0.1 ${first} 2`,
      `sentinel down-after-milliseconds ${name} 1000`,
      `sentinel failover-timeout ${name} 3000`,
    ];
    this.servers = [
      new RedisProcess(dir('a'), first, lines),
      new RedisProcess(dir('b'), second, [...lines, `replicaof 127.0.0.1 ${first}`]),
    ];
    this.sentinels = others.map((port, at) => new RedisProcess(dir(`sentinel-${at}`), port, watch, true));
    this.address = `redis+sentinel://${others.map((port) => `127.0.0.1:${port}`).join(',')}/${name}`;
    this.configuration = `redis: "${this.address}"\n`;
  }

  /** For producers and consumers, with the options that docs/redis.md names. */
  get connection() {
    return {
      sentinels: this.sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
      name,
      retryStrategy: () => 100,
      sentinelRetryStrategy: () => 100,
      reconnectOnError: (error) => error.message.startsWith('READONLY') && 2,
      connectTimeout: 2_000,
      sentinelCommandTimeout: 1_000,
      socketTimeout: 5_000,
    };
  }

  async start() {
    for (const each of [...this.servers, ...this.sentinels]) each.start();
    await this.settled();
  }

  /** Resolves once the Sentinels agree on a master that has its replica beside it. */
  async settled() {
    const isWhole = async () => (await this.#haveMet()) && this.#wholeMaster();
    if (!(await lookFor(isWhole, { timeoutMs: wholeMs, everyMs: 100 }))) {
      throw new Error(`master and replica were not whole again within ${wholeMs / 1_000} s`);
    }
  }

  /** The faults, by their names in the plan. Each resolves with why it could not be made, or with undefined. */
  faults = {
    'kill the master': ({ downMs }) => this.#strike(async (master) => {
      await master.kill();
      await sleep(downMs);
      if (!this.isOver) master.start(); // it believes to be the master still, until the Sentinels tell it
    }),
    'hold the master': ({ forMs }) => this.#strike(async (master) => {
      master.signal('SIGSTOP');
      this.#held.add(master);
      await sleep(forMs);
      this.release();
    }),
    'SENTINEL FAILOVER': () => this.#strike(async () => {
      const said = await ask(this.sentinels[0].port, 'SENTINEL', 'FAILOVER', name);
      return said === 'OK' ? undefined : String(said);
    }),
  };

  /** A pair outlives one fault at a time: one whose replica is not back yet has nowhere to go. */
  async #strike(act) {
    if (this.#isStruck) return 'the pair is not whole just now';
    this.#isStruck = true;
    try {
      const master = await this.#wholeMaster();
      return master ? await act(master) : 'the pair is not whole just now';
    } finally {
      this.#isStruck = false;
    }
  }

  #isStruck = false;

  /** The one that all Sentinels name. Undefined while they do not agree. */
  async master() {
    const said = await Promise.all(
      this.sentinels.map(({ port }) => ask(port, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)),
    );
    const ports = new Set(said.map((address) => Number(address?.[1])));
    return ports.size === 1 ? this.servers.find(({ port }) => ports.has(port)) : undefined;
  }

  /** Whether the Sentinels know each other, which takes them seconds: until then they elect nobody. */
  async #haveMet() {
    const said = await Promise.all(this.sentinels.map(({ port }) => ask(port, 'SENTINEL', 'MASTER', name)));
    return said.every((fields) => fields?.[fields.indexOf('num-other-sentinels') + 1] === String(said.length - 1));
  }

  /** The master, if its replica follows it. */
  async #wholeMaster() {
    const master = await this.master();
    if (!master) return undefined;
    const replica = this.servers.find((server) => server !== master);
    const [above, below] = await Promise.all([master, replica].map(({ port }) => ask(port, 'INFO', 'replication')));
    const isWhole =
      /role:master/.test(above) &&
      new RegExp(`port=${replica.port},state=online`).test(above) &&
      /master_link_status:up/.test(below);
    return isWhole ? master : undefined;
  }

  release() {
    for (const server of this.#held) server.signal('SIGCONT');
    this.#held.clear();
  }

  async end() {
    this.isOver = true;
    for (const each of [...this.sentinels, ...this.servers]) await each.kill();
  }
}

/** One question over a connection of its own. Resolves with undefined if there is no answer in time. */
async function ask(port, ...words) {
  const client = new Redis({ port, lazyConnect: true, retryStrategy: () => null, commandTimeout: 1_000 });
  client.on('error', () => undefined); // its answer says so
  try {
    await client.connect();
    return await client.call(...words);
  } catch (error) {
    return error.name === 'ReplyError' ? error.message : undefined;
  } finally {
    client.disconnect();
  }
}
