import { Queue, QueueEvents } from 'bullmq';
import { systemClock, type Clock } from '@pinky/protocol';
import { lookFor, patienceMs } from '@pinky/protocol/testing';
import { queueSetup } from '../support/queue-setup.js';

const setup = queueSetup();
let jobs: Queue;
let finished: QueueEvents;

/** The queue's own clock runs ten times as fast: fifteen seconds of waiting are over soon. */
const fast: Clock = {
  now: () => systemClock.now() * 10,
  wallNow: () => systemClock.wallNow(),
  sleep: (ms, signal) => systemClock.sleep(ms / 10, signal),
  rest: (ms, signal) => systemClock.rest(ms / 10, signal),
  after: (ms, action) => systemClock.after(ms / 10, action),
};
const wedged = (): boolean => setup.box.log.some(({ event }) => event === 'jobs.wedged');

beforeEach(async () => {
  const connection = { path: setup.redis.socket, password: setup.redis.password };
  jobs = new Queue('pinky-1', { connection });
  finished = new QueueEvents('pinky-1', { connection });
  await finished.waitUntilReady();
  await setup.box.startQueue(fast);
  await setup.knownWorker('a');
});
afterEach(() => Promise.all([finished.close(), jobs.close()]));

/** One job an hour is taken, and that one is over. */
async function limit(): Promise<void> {
  await jobs.setGlobalRateLimit(1, 3_600_000);
  await (await jobs.add('list', { serverId: 'a' })).waitUntilFinished(finished, patienceMs);
}

it('begins a new session where jobs wait that BullMQ does not take', async () => {
  await limit();
  const job = await jobs.add('list', { serverId: 'a' });
  await lookFor(() => job.isCompleted(), { timeoutMs: 500 }); // its fetch, which the limit refuses
  // BullMQ remembers that for up to 30 s, whatever Redis says by now.
  await jobs.removeGlobalRateLimit();
  await jobs.removeRateLimitKey();
  await job.waitUntilFinished(finished, patienceMs);
  expect(wedged()).toBe(true);
});

it.each([
  ['a rate limit', limit],
  ['a pause', () => jobs.pause()],
  ['a concurrency of none', () => jobs.setGlobalConcurrency(0)],
])('leaves a session alone that waits because of %s', async (_, hold) => {
  await hold();
  await jobs.add('list', { serverId: 'a' });
  await lookFor(wedged, { timeoutMs: 2_500 });
  expect(wedged()).toBe(false);
  expect(await jobs.getWaitingCount()).toBe(1);
});
