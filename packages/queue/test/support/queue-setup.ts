import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { redisKeys, type BoxConfig, type RedisKeys } from '@pinky/protocol';
import type { Redis } from 'ioredis';
import type { TestBox } from './box.js';
import { boxSetup, type BoxSetup } from './box-setup.js';
import type { FakeWorker, FakeWorkerOptions } from './fake-worker.js';
import { PrivateRedis } from './private-redis.js';

/** The tools of a test of the queue. `client`, `box` and the workers are new in each test. */
export interface QueueSetup {
  readonly keys: RedisKeys;
  readonly redis: PrivateRedis;
  /** The test's own view of Redis. */
  readonly client: Redis;
  readonly box: TestBox;
  readonly workers: readonly FakeWorker[];
  /** Steps of the test's own end. */
  readonly atEnd: BoxSetup['atEnd'];
  /** Starts a worker, which the end of the test kills. */
  worker(serverId: string, more?: Partial<FakeWorkerOptions>): FakeWorker;
  /** As `worker`, of a server that has a folder. Resolves once the queue has told it where Redis stands. */
  knownWorker(serverId: string, more?: Partial<FakeWorkerOptions>): Promise<FakeWorker>;
}

export interface QueueSetupOptions {
  readonly redis?: PrivateRedis;
  /** The configuration that differs from `TestBox`'s. */
  readonly change?: Partial<BoxConfig>;
  /** Ends what a test started in the home, before the home is removed. Jest would run the file's own hook later. */
  readonly end?: () => Promise<void>;
}

/** `boxSetup` with one Redis for the file, which each test finds empty, and a fresh home for each test. */
export function queueSetup(options: QueueSetupOptions = {}): QueueSetup {
  const redis = options.redis ?? new PrivateRedis();
  let client: Redis;
  let box: TestBox;
  let workers: FakeWorker[] = [];
  if (options.end) afterEach(options.end);
  const setup = boxSetup();
  beforeAll(() => redis.start());
  afterAll(() => redis.end());
  beforeEach(async () => {
    client = redis.client();
    await client.flushall();
    workers = [];
    box = setup.box(redis, options.change);
  });
  const worker: QueueSetup['worker'] = (serverId, more = {}) => {
    const made = setup.worker(box, serverId, more);
    workers.push(made);
    return made;
  };
  return {
    keys: redisKeys('1'),
    redis,
    get client() { return client; },
    get box() { return box; },
    get workers() { return workers; },
    atEnd: setup.atEnd,
    worker,
    knownWorker: async (serverId, more) => {
      mkdirSync(join(box.config.servers, serverId), { recursive: true });
      const made = worker(serverId, more);
      await made.until(() => made.published.length > 0);
      return made;
    },
  };
}
