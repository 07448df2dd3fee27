import { Queue, QueueEvents, type Job, type JobsOptions } from 'bullmq';
import { until } from '@pinky/protocol/testing';
import { parseFailure } from '../../src/index.js';
import { queueSetup } from '../support/queue-setup.js';

/** Jobs of which BullMQ's own scripts die half-way, after they have taken the job off its list. */
const setup = queueSetup();
let jobs: Queue;
let finished: QueueEvents;

beforeEach(async () => {
  const { redis, box } = setup;
  const connection = { path: redis.socket, password: redis.password };
  jobs = new Queue('pinky-1', { connection });
  finished = new QueueEvents('pinky-1', { connection });
  await finished.waitUntilReady();
  await box.startQueue();
});
afterEach(() => Promise.all([finished.close(), jobs.close()]));

/** `stop` of a server that is down is answered without a worker. */
const succeeding = (opts: JobsOptions): Promise<Job> => jobs.add('stop', { serverId: 'down' }, opts);
const failing = (opts: JobsOptions): Promise<Job> =>
  jobs.add('tell', { serverId: 'nobody', user: 'x', message: 'x' }, opts);
const ended = (job: Job): Promise<string> =>
  job.waitUntilFinished(finished).then(() => 'completed', (error: Error) => error.message);
const logged = (event: string): unknown[] => setup.box.log.filter((record) => record.event === event);

const retried = (delay: unknown): object => ({ attempts: 2, backoff: { type: 'fixed', delay } });
const keeping = (option: string): [string, object][] => [
  [`${option}.age`, { [option]: { age: 'x' } }],
  [`${option}.age`, { [option]: { age: {} } }],
  [`${option}.count`, { [option]: { count: 'x' } }],
  [`${option}.count`, { [option]: { count: 1.5 } }],
  [`${option}.limit`, { [option]: { limit: 'x', age: 1 } }],
  [option, { [option]: 1.5 }],
];

it.each<[string, object]>([
  ['backoff.delay', retried('abc')],
  ['backoff.delay', retried([])],
  ['backoff.delay', retried({})],
  ['backoff.delay', retried(true)],
  ...keeping('removeOnComplete'),
  ...keeping('removeOnFail'),
  ['attempts', { attempts: 'many' }],
  ['attempts', { attempts: 1e308 }],
  ['attempts', { attempts: 1_001, backoff: { type: 'fixed' } }],
  ['backoff.delay', { attempts: 2, backoff: { type: 'fixed', delay: 1e300 } }],
  ['keepLogs', { keepLogs: 'x' }],
])('does not obey a job with a wrong %s, and says so to its producer and in the log: %j', async (option, opts) => {
  // BullMQ's types forbid these: a producer in another language, or of another version, does not read them.
  const each = await Promise.all([succeeding(opts as JobsOptions), failing(opts as JobsOptions)]);
  for (const job of each) {
    expect(parseFailure(await ended(job))).toMatchObject({
      code: 'bad_command',
      message: expect.stringContaining(`the option ${option} of this job must be`),
    });
    expect(await job.getState()).toBe('failed');
  }
  expect(logged('job.bad_options')).toHaveLength(2);
  expect(logged('job.dropped')).toEqual([]);
  expect(await ended(await succeeding({}))).toBe('completed');
});

it.each<[string, JobsOptions]>([
  ['a delay that is a number in a text', retried('10') as JobsOptions],
  ['no delay', { attempts: 2, backoff: { type: 'fixed' } }],
  ['a limit of age and count', { removeOnComplete: { age: 60, count: 5, limit: 10 }, removeOnFail: { age: 60 } }],
  ['a count of kept jobs', { removeOnComplete: 3, removeOnFail: -1 }],
])('obeys a job with %s', async (_what, opts) => {
  expect(await ended(await succeeding(opts))).toBe('completed');
  expect(parseFailure(await ended(await failing(opts))).code).toBe('not_running');
});

it('ends a job that a script of BullMQ has dropped, since that died over what is to follow the job', async () => {
  await jobs.pause();
  const job = await succeeding({ deduplication: { id: 'x' } });
  await setup.client.hset('bull:pinky-1:dn:x', { name: 'stop', data: '{}', opts: '{' });
  await jobs.resume();
  expect(await ended(job)).toBe('completed');
  expect(await jobs.getJob(job.id ?? '')).toMatchObject({ returnvalue: { serverId: 'down', state: 'down' } });
  expect(await job.getState()).toBe('completed');
  await until('it is said', () => logged('job.dropped').length > 0);
  expect(logged('job.dropped')).toMatchObject([{ level: 'warn', job: job.id, name: 'stop' }]);
  expect(await ended(await succeeding({}))).toBe('completed');
});

it('tells the end of a job over whose predecessors a script of BullMQ has died', async () => {
  await setup.client.set('bull:pinky-1:old', 'no hash');
  await setup.client.zadd('bull:pinky-1:completed', 1, 'old');
  await setup.client.zadd('bull:pinky-1:failed', 1, 'old');
  expect(await ended(await succeeding({ removeOnComplete: { count: 1 } }))).toBe('completed');
  expect(parseFailure(await ended(await failing({ removeOnFail: { count: 1 } }))).code).toBe('not_running');
  await until('both are said', () => logged('job.dropped').length === 2);
});

it('waits with a job whose next list somebody has put another type into, and ends it then', async () => {
  await setup.client.set('bull:pinky-1:delayed', 'no sorted set');
  const job = await failing({ attempts: 2, backoff: { type: 'fixed', delay: 10 } });
  const answer = ended(job);
  await until('it is said', () => logged('redis.trouble').length > 0);
  await setup.client.del('bull:pinky-1:delayed');
  expect(parseFailure(await answer).code).toBe('not_running');
});
