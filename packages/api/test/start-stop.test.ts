import { createServer } from 'node:net';
import { silentLogger, systemClock, type BoxConfig, type LongLived } from '@pinky/protocol';
import { startStopContract, type PartUnderTest } from '@pinky/protocol/testing';
import { SampleKeeper } from '../src/graphs/sample-keeper.js';
import { Jobs } from '../src/jobs/jobs.js';
import { readAddress } from '../src/index.js';
import { ApiServer } from '../src/program/api-server.js';
import { listenOnFree } from '../src/program/listen-address.js';
import { QueueTalk } from '../src/talk/queue-talk.js';
import { SupervisorTalk } from '../src/talk/supervisor-talk.js';
import { TokenBook } from '../src/tokens/index.js';
import { ApiHome } from './support/api-home';

/** A clock that counts the waits that are under way. */
function countingClock() {
  let waits = 0;
  const counted = async <T>(wait: Promise<T>): Promise<T> => {
    waits += 1;
    return wait.finally(() => { waits -= 1; });
  };
  const clock = {
    ...systemClock,
    sleep: (ms: number, signal?: AbortSignal) => counted(systemClock.sleep(ms, signal)),
    rest: (ms: number, signal?: AbortSignal) => counted(systemClock.rest(ms, signal)),
  };
  return { clock, running: () => waits };
}

const waiting = (make: (home: string, clock: ReturnType<typeof countingClock>['clock']) => LongLived) =>
  (): PartUnderTest => {
    const home = new ApiHome();
    const { clock, running } = countingClock();
    return { part: make(home.home, clock), running, cleanUp: () => home.end() };
  };

const talking = (make: (home: string) => LongLived & { readonly isThere: boolean }) =>
  async (): Promise<PartUnderTest> => {
    const home = new ApiHome();
    await home.start();
    const part = make(home.home);
    return { part, running: () => (part.isThere ? 1 : 0), cleanUp: () => home.end() };
  };

describe('the tokens in memory', () => {
  it.each(startStopContract(waiting((home, clock) => new TokenBook(home, clock))))('%s', (_rule, keeps) => keeps());
});

describe('the jobs', () => {
  const queue = { command: () => Promise.resolve({}), isThere: true };
  const make = (home: string, clock: typeof systemClock) => new Jobs({
    home,
    queue,
    clock,
    logger: silentLogger,
    keptMs: () => 1_000,
    words: (text) => text,
  });
  it.each(startStopContract(waiting(make)))('%s', (_rule, keeps) => keeps());
});

describe('the samples', () => {
  const make = (home: string, clock: typeof systemClock) => new SampleKeeper({
    config: () => ({ home }) as BoxConfig, // it looks at no other field
    clock,
    logger: silentLogger,
    queue: { ask: async () => ({}) },
    state: { statuses: async () => [], definition: () => undefined },
  });
  it.each(startStopContract(waiting(make)))('%s', (_rule, keeps) => keeps());
});

describe('the connection to the queue', () => {
  const make = (home: string) => new QueueTalk(home, () => [], systemClock);
  it.each(startStopContract(talking(make)))('%s', (_rule, keeps) => keeps());
});

describe('the connection to the supervisor', () => {
  const make = (home: string) => new SupervisorTalk(home, () => [], () => undefined);
  it.each(startStopContract(talking(make)))('%s', (_rule, keeps) => keeps());
});

describe('the API', () => {
  const make = (): PartUnderTest => {
    const home = new ApiHome();
    const part = new ApiServer({ config: () => home.config, logger: silentLogger, greet: () => [] });
    return { part, running: () => (readAddress(home.home) ? 1 : 0), cleanUp: () => home.end() };
  };
  it.each(startStopContract(make))('%s', (_rule, keeps) => keeps());
});

it('listens on the next port that is free', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number }; // it listens on TCP
  const other = createServer();
  const found = await listenOnFree(port, (tried) => new Promise((resolve, reject) => {
    other.once('error', reject);
    other.listen(tried, '127.0.0.1', resolve);
  }));
  expect(found).toBeGreaterThan(port);
  await Promise.all([taken, other].map((server) => new Promise((resolve) => server.close(resolve))));
});
