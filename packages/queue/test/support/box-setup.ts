import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BoxConfig } from '@pinky/protocol';
import { TestBox } from './box.js';
import { FakeWorker, type FakeWorkerOptions } from './fake-worker.js';
import type { PrivateRedis } from './private-redis.js';

/** The things that a test makes around a queue. The end of the test ends all of it, the last first. */
export interface BoxSetup {
  /** A box in a fresh home, whose queue is not started. */
  readonly box: (redis?: PrivateRedis, change?: Partial<BoxConfig>) => TestBox;
  /** The same with a started queue, and a folder for server `a`. */
  readonly boxOn: (change: Partial<BoxConfig>) => Promise<TestBox>;
  readonly worker: (box: TestBox, serverId: string, more?: Partial<FakeWorkerOptions>) => FakeWorker;
  /** Steps of the test's own end. */
  readonly atEnd: (...steps: readonly (() => unknown)[]) => void;
}

/** The setup of every test file of the queue: on its own where a test has no Redis or several, or in `queueSetup`. */
export function boxSetup(): BoxSetup {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const box: BoxSetup['box'] = (redis, change) => {
    const made = new TestBox(redis, change);
    ends.push(() => made.end());
    return made;
  };
  return {
    box,
    boxOn: async (change) => {
      const made = box(undefined, change);
      mkdirSync(join(made.config.servers, 'a'), { recursive: true });
      await made.startQueue();
      return made;
    },
    worker: ({ home }, serverId, more = {}) => {
      const made = new FakeWorker({ home, serverId, ...more }).start();
      ends.push(() => made.kill());
      return made;
    },
    atEnd: (...steps) => void ends.push(...steps),
  };
}
