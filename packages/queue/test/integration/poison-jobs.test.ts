import { FlowProducer, Job, Queue, QueueEvents, type JobsOptions } from 'bullmq';
import { until } from '@pinky/protocol/testing';
import { parseFailure } from '../../src/index.js';
import { queueSetup } from '../support/queue-setup.js';

/** Jobs whose options, relatives or stored fields are strange: each is answered or fails, and the next is served. */
const setup = queueSetup();
let jobs: Queue;
let finished: QueueEvents;
let flows: FlowProducer;

beforeEach(async () => {
  const { redis, box } = setup;
  const connection = { path: redis.socket, password: redis.password };
  jobs = new Queue('pinky-1', { connection });
  finished = new QueueEvents('pinky-1', { connection });
  flows = new FlowProducer({ connection });
  await finished.waitUntilReady();
  await box.startQueue();
});
afterEach(() => Promise.all([flows.close(), finished.close(), jobs.close()]));

const unknown = { serverId: 'nobody', user: 'x', message: 'x' };
const failing = (opts: JobsOptions): Promise<Job> => jobs.add('tell', unknown, opts);
/** `stop` of a server that is down is answered without a worker. */
const succeeding = (opts: JobsOptions): Promise<Job> => jobs.add('stop', { serverId: 'down' }, opts);
const outcome = (job: Job): Promise<string> =>
  job.waitUntilFinished(finished).then(
    () => 'completed',
    (error: Error) => parseFailure(error.message).code,
  );
const servesTheNext = async (): Promise<void> => expect(await outcome(await succeeding({}))).toBe('completed');

// BullMQ's types forbid some of these: a producer in another language, or of another version, does not read them.
const strange = (opts: object): JobsOptions => opts as JobsOptions;

it.each<[string, JobsOptions]>([
  ['a custom backoff', { attempts: 3, backoff: { type: 'custom' } }],
  ['an unknown backoff', { attempts: 3, backoff: { type: 'fibonacci', delay: 10 } }],
  ['a backoff without a type', strange({ attempts: 3, backoff: {} })],
  ['a backoff that is a text', strange({ attempts: 3, backoff: 'soon' })],
  ['a negative backoff', { attempts: 2, backoff: { type: 'fixed', delay: -5 } }],
  ['a backoff with a delay that is a text', strange({ attempts: 2, backoff: { type: 'exponential', delay: 'x' } })],
  ['attempts that are a text', strange({ attempts: 'many' })],
  ['a size limit', { sizeLimit: 10_000 }],
  ['a removal of nonsense', strange({ removeOnFail: 'x', removeOnComplete: { age: 'x' } })],
  ['an immediate removal', { removeOnFail: true, removeOnComplete: true }],
  ['a limit of kept lines', { keepLogs: 0, stackTraceLimit: 0 }],
  ['a priority', { priority: 7 }],
  ['the other end of the queue', { lifo: true }],
  ['a deduplication', { deduplication: { id: 'x', ttl: 1_000 } }],
  ['telemetry', strange({ telemetry: { metadata: 7, omitContext: 'x' } })],
])('fails a job with %s, and serves the next', async (_what, opts) => {
  const job = await failing(opts);
  await until('it has ended', async () => ['failed', 'unknown'].includes(await jobs.getJobState(job.id ?? '')));
  await servesTheNext();
});

it.each<[string, object]>([
  ['a scheduler that does not exist', { repeatJobKey: 'x' }],
  ['a scheduler that is a number', { repeatJobKey: 7 }],
  ['a scheduler and a repeat that is a number', { repeatJobKey: 'x', repeat: 7 }],
  ['a scheduler and a repeat without a time', { repeatJobKey: 'x', repeat: {} }],
  ['a scheduler and a repeat with a bad pattern', { repeatJobKey: 'x', repeat: { pattern: 'soon' } }],
  ['a scheduler and a repeat with two times', { repeatJobKey: 'x', repeat: { pattern: '* * * * *', every: 7 } }],
])('fails a job that names %s, says which option it is, and serves the next', async (_what, opts) => {
  const job = await Job.create(jobs, 'stop', { serverId: 'down' }, strange({ ...opts, attempts: 3 }));
  await servesTheNext();
  await until('it has failed', () => job.isFailed());
  expect(parseFailure((await jobs.getJob(job.id ?? ''))?.failedReason ?? '')).toMatchObject({
    code: 'bad_command',
    message: expect.stringContaining('repeatJobKey'),
  });
});

it.each<[string, object]>([
  ['a repeat by hand', { repeat: { every: 100 } }],
  ['a scheduler that does not exist, with a time', { repeatJobKey: 'x', repeat: { every: 60_000 } }],
  ['a repeat that is over', { repeatJobKey: 'x', repeat: { every: 60_000, limit: 1, count: 7 } }],
  ['a repeatable job of an older BullMQ', { repeatJobKey: 'x:y::UTC:100' }],
  ['a time of a last run that is a text', { prevMillis: 'x', repeatJobKey: 'x', repeat: { pattern: '* * * * *' } }],
])('ends a job with %s, and serves the next', async (_what, opts) => {
  const job = await Job.create(jobs, 'stop', { serverId: 'down' }, strange(opts));
  await servesTheNext();
  await until('it has ended', async () => ['failed', 'completed'].includes(await job.getState()));
});

it('does not run a job whose child has failed, if that is to fail its parent', async () => {
  const queueName = 'pinky-1';
  const { job } = await flows.add({
    name: 'stop',
    queueName,
    data: { serverId: 'down' },
    children: [{ name: 'tell', queueName, data: unknown, opts: { failParentOnFailure: true } }],
  });
  await until('it has failed', () => job.isFailed());
  const { failedReason = '' } = (await jobs.getJob(job.id ?? '')) ?? {};
  expect(parseFailure(failedReason)).toMatchObject({
    code: 'bad_command',
    message: expect.stringContaining('it was not run: child'),
  });
  await servesTheNext();
});

it('serves a queue that lets one job at a time be active and waits for none of its own fetches', async () => {
  await jobs.setGlobalConcurrency(1);
  const many = await jobs.addBulk(
    // a fetch that nobody wakes takes ten seconds: more of them than this test has
    Array.from({ length: 40 }, (_, n) => ({ name: 'stop', data: { serverId: `down-${n}` } })),
  );
  expect(new Set(await Promise.all(many.map(outcome)))).toEqual(new Set(['completed']));
});

it('says at warn which job its own options made unanswerable, and why', async () => {
  const job = await failing({ attempts: 3, backoff: { type: 'custom' } });
  await until('it has failed', () => job.isFailed());
  const record = setup.box.log.find(({ event }) => event === 'job.unanswerable');
  expect(record).toMatchObject({ level: 'warn', job: job.id, name: 'tell' });
  expect(String(record?.['because'])).toContain('custom');
  expect(parseFailure((await jobs.getJob(job.id ?? ''))?.failedReason ?? '').code).toBe('not_running');
});

it.each([
  ['data that is not JSON', 'data', '{'],
  ['options that are not JSON', 'opts', '{'],
  ['a stack that is not JSON', 'stacktrace', 'x'],
  ['a parent that is not JSON', 'parent', 'x'],
  ['a progress that is not JSON', 'progress', 'x'],
  ['a returned value that is not JSON', 'returnvalue', 'x'],
  ['options that are a list', 'opts', '[]'],
  ['options that are null', 'opts', 'null'],
  ['a parent that is nobody', 'parent', '{"id":"7","queueKey":"bull:nowhere"}'],
  ['a parent key that is nobody', 'parentKey', 'bull:nowhere:7'],
  ['attempts that are a text', 'atm', 'x'],
])('ends a job with %s, and serves the next', async (_what, field, value) => {
  await jobs.pause();
  const job = await failing({});
  await setup.client.hset(jobs.toKey(job.id ?? ''), field, value);
  await jobs.resume();
  await servesTheNext();
  await until('it has ended', async () => ['failed', 'unknown'].includes(await jobs.getJobState(job.id ?? '')));
});

it('ends a job whose hash is gone, and serves the next', async () => {
  await jobs.pause();
  const job = await failing({});
  await setup.client.del(jobs.toKey(job.id ?? ''));
  await jobs.resume();
  await servesTheNext();
});

it.each<[string, JobsOptions]>([
  ['fails its parent', { failParentOnFailure: true }],
  ['continues its parent', { continueParentOnFailure: true }],
  ['is ignored by its parent', { ignoreDependencyOnFailure: true }],
  ['is removed from its parent', { removeDependencyOnFailure: true }],
  ['says nothing of its parent', {}],
])('serves a flow whose failing child %s', async (_what, opts) => {
  const { job } = await flows.add({
    name: 'stop',
    queueName: 'pinky-1',
    data: { serverId: 'parent' },
    children: [{ name: 'tell', queueName: 'pinky-1', data: unknown, opts }],
  });
  const waits = Object.keys(opts).length === 0;
  const ended = async (): Promise<boolean> => ['completed', 'failed'].includes(await job.getState());
  if (waits) await until('its child has failed', async () => (await jobs.getFailedCount()) === 1);
  else await until('the parent has ended', ended);
  await servesTheNext();
  const reason = (await jobs.getJob(job.id ?? ''))?.failedReason;
  if (reason !== undefined) expect(reason).not.toContain('internal');
});

it('serves a flow over two queues, whose child waits in another one', async () => {
  const { job } = await flows.add({
    name: 'stop',
    queueName: 'pinky-1',
    data: { serverId: 'parent' },
    children: [{ name: 'work', queueName: 'elsewhere', data: {} }],
  });
  await servesTheNext();
  expect(await job.getState()).toBe('waiting-children');
});

it('keeps a rate limit of the queue, and no more than that', async () => {
  await jobs.setGlobalRateLimit(2, 200);
  const added = await Promise.all(Array.from({ length: 8 }, () => succeeding({})));
  expect(await Promise.all(added.map(outcome))).toEqual(Array.from({ length: 8 }, () => 'completed'));
  await jobs.removeGlobalRateLimit();
  await servesTheNext();
});

it('waits for a delayed job, and serves a repeated one', async () => {
  const late = await succeeding({ delay: 300 });
  const stop = { name: 'stop', data: { serverId: 'down' } };
  const scheduled = await jobs.upsertJobScheduler('again', { every: 200 }, stop);
  expect(await outcome(late)).toBe('completed');
  if (scheduled) expect(await outcome(scheduled)).toBe('completed');
  await jobs.removeJobScheduler('again');
  await servesTheNext();
});

it('keeps a global concurrency', async () => {
  await jobs.setGlobalConcurrency(1);
  const added = await Promise.all(Array.from({ length: 5 }, () => succeeding({})));
  expect(await Promise.all(added.map(outcome))).toEqual(Array.from({ length: 5 }, () => 'completed'));
});
