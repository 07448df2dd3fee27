import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Queue, QueueEvents, type Job } from 'bullmq';
import { boxPaths, type CommandResult } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { claimName } from '../../src/owner/claim.js';
import { homeInstance } from '../../src/owner/home-instance.js';
import { FakeSupervisor, TestBox } from '../support/box.js';
import { FakeWorker } from '../support/fake-worker.js';
import { QueueProcess, QueueProgramFile } from '../support/queue-process.js';
import { queueSetup } from '../support/queue-setup.js';

/** Two homes with one name of a box on one Redis: a cloned machine, or staging beside production. */
const setup = queueSetup({
  end: async () => {
    for (const end of ends.reverse()) await end();
  },
});
const { keys, redis } = setup;
const program = new QueueProgramFile();
let jobs: Queue;
let finished: QueueEvents;
let other: TestBox;
let ends: (() => unknown)[];

beforeAll(() => program.make());
afterAll(() => program.remove());
beforeEach(async () => {
  const connection = { path: redis.socket, password: redis.password };
  jobs = new Queue('pinky-1', { connection });
  finished = new QueueEvents('pinky-1', { connection });
  for (const each of [jobs, finished]) each.setMaxListeners(0); // a hundred jobs are waited for at once
  await finished.waitUntilReady();
  other = new TestBox(redis);
  ends = [() => other.end(), () => jobs.close(), () => finished.close()];
});

const isUp = (): Promise<unknown> =>
  until('the box has its name', async () => (await setup.client.hget(keys.owner, 'claim')) !== null);
const isRefused = (box: TestBox): Promise<unknown> =>
  until('it is refused', () => box.log.some(({ event }) => event === 'box.taken'));

/** A supervisor that starts a worker for every server that is asked for, and notes what ran where. */
async function runsEverything(box: TestBox): Promise<string[]> {
  const started: string[] = [];
  const running = new Set<string>();
  const supervisor = new FakeSupervisor(box.home, (serverId) => {
    if (running.has(serverId)) return;
    running.add(serverId);
    mkdirSync(join(box.config.servers, serverId), { recursive: true });
    const worker = new FakeWorker({ home: box.home, serverId, answer: () => ({ serverId, state: 'up' }) }).start();
    ends.push(() => worker.kill());
    started.push(serverId);
  });
  await supervisor.start();
  ends.push(() => supervisor.stop());
  return started;
}

const startJobs = (ids: readonly string[]): Promise<Job[]> =>
  jobs.addBulk(ids.map((serverId) => ({ name: 'start', data: { serverId, funpack: 'emberhollow' } })));
const startItems = (ids: readonly string[]): Promise<unknown> =>
  setup.client.lpush(
    keys.inbox,
    ...ids.map((serverId) => JSON.stringify({
      name: 'start',
      serverId,
      funpack: 'emberhollow',
      id: serverId,
    })),
  );
const answers = async (): Promise<string[]> =>
  (await setup.client.lrange(keys.answers, 0, -1)).map((text) => String((JSON.parse(text) as { id: unknown }).id));
const named = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

it('runs every server on one box and answers everything once, while both boxes are killed and started', async () => {
  const [here, there] = [await runsEverything(setup.box), await runsEverything(other)];
  const start = (box: TestBox): QueueProcess => {
    const started = new QueueProcess(program, box.home);
    ends.push(() => started.end('SIGKILL'));
    return started;
  };
  let [a, b] = [start(setup.box), start(other)];
  await isUp();
  const items = named('item', 100);
  const queued: Job[] = [];
  for (let n = 0; n < 100; n += 25) {
    queued.push(...(await startJobs(named(`job${n}-`, 25))));
    await startItems(items.slice(n, n + 25));
    await until('some are done', async () => (await answers()).length > n);
    await Promise.all([a.end('SIGKILL'), b.end('SIGKILL')]);
    if (n % 50 === 0) [b, a] = [start(other), start(setup.box)];
    else [a, b] = [start(setup.box), start(other)];
  }
  const results = await Promise.all(queued.map((job) => job.waitUntilFinished(finished)));
  expect(results.filter((result: CommandResult) => result.state !== 'up')).toEqual([]);
  await until('every item is answered', async () => (await answers()).length >= 100);
  expect((await answers()).toSorted()).toEqual(items.toSorted());
  const [owner, guest] = here.length > 0 ? [here, there] : [there, here];
  expect(guest).toEqual([]);
  expect(owner).toHaveLength(200);
});

it('refuses a copy of its home, and says on which host the box lives', async () => {
  await setup.box.startQueue();
  await isUp();
  cpSync(boxPaths(setup.box.home).identity, boxPaths(other.home).identity);
  await other.startQueue();
  await isRefused(other);
  const [refusal, ...more] = other.log.filter(({ event }) => event === 'box.taken');
  expect(refusal?.['because']).toContain(homeInstance(setup.box.home).host);
  expect(refusal?.['remedy']).toContain('--take-over');
  expect(more).toEqual([]); // however often it asks
});

it('hands the name over at once if a box goes down', async () => {
  await setup.box.startQueue();
  await isUp();
  await other.startQueue();
  await isRefused(other);
  const there = await runsEverything(other);
  await setup.box.queue?.stop({ down: true });
  const [job] = await startJobs(['one']);
  await job?.waitUntilFinished(finished);
  expect(there).toEqual(['one']);
});

it('obeys again once it has its name back from a box that went down', async () => {
  const here = await runsEverything(setup.box);
  await setup.box.startQueue();
  await isUp();
  await claimName(setup.client, keys, homeInstance(other.home), { mode: 'takeOver', heartbeatLifeMs: 30_000 });
  await other.startQueue();
  await isRefused(setup.box);
  await until('the other one has it', async () => (await setup.client.hget(keys.owner, 'epoch')) === '3');
  await other.queue?.stop({ down: true });
  const [job] = await startJobs(['one']);
  await job?.waitUntilFinished(finished);
  await startItems(['two']);
  await until('the item is answered', async () => (await answers()).length === 1);
  expect([here, await setup.client.get(keys.boxState)]).toEqual([['one', 'two'], 'up']);
});

it('keeps the name while games go on without the box', async () => {
  await setup.box.startQueue();
  mkdirSync(join(setup.box.config.servers, 'a'));
  await setup.knownWorker('a');
  await setup.box.queue?.stop({ down: true });
  const there = await claimName(setup.client, keys, homeInstance(other.home), { mode: 'look', heartbeatLifeMs: 1 });
  expect(there).toMatchObject({ type: 'taken', by: { home: setup.box.home } });
  const here = await claimName(setup.client, keys, homeInstance(setup.box.home), { mode: 'look', heartbeatLifeMs: 1 });
  expect(here).toEqual({ type: 'free' });
});

it('gives a job back unread once the name is another home\'s, without using up an attempt', async () => {
  const here = await runsEverything(setup.box);
  await setup.box.startQueue();
  await until('it waits for a job', async () => /cmd=bzpopmin/.test(String(await setup.client.client('LIST'))));
  // As `pinky up --take-over` of the other home does, while this one waits inside Redis for its next job.
  const taken = { mode: 'takeOver', heartbeatLifeMs: 30_000 } as const;
  await claimName(setup.client, keys, homeInstance(other.home), taken);
  const [job] = await startJobs(['one']);
  await until('it is given back', () => setup.box.log.some(({ event }) => event === 'job.given_back'));
  expect(await jobs.getWaitingCount()).toBe(1);
  const there = await runsEverything(other);
  await other.startQueue();
  await job?.waitUntilFinished(finished);
  expect([here, there]).toEqual([[], ['one']]);
  const done = await jobs.getJob(job?.id ?? '');
  expect(done).toMatchObject({ attemptsStarted: 1, attemptsMade: 1 });
});

it('leaves nothing of a job that was removed while it was in hand, and is given back', async () => {
  await setup.box.startQueue();
  let answer = (): void => undefined;
  const held = new Promise<CommandResult>((resolve) => {
    answer = () => resolve({ serverId: 'a', state: 'up' });
  });
  const game = await setup.knownWorker('a', { answer: () => held });
  const { id = '' } = await jobs.add('backup', { serverId: 'a' });
  await game.until(() => game.commands.length === 1);
  const gone = (await setup.client.keys(`bull:pinky-1:${id}*`)).concat('bull:pinky-1:active', keys.owner);
  await setup.client.del(...gone);
  answer();
  await until('it is let go', () => setup.box.log.some(({ event }) => event === 'job.not_given_back'));
  expect(await setup.client.exists(`bull:pinky-1:${id}`)).toBe(0);
});

it('publishes nothing, and keeps what its workers say, while the name is another home\'s', async () => {
  const game = await setup.box.startQueue().then(() => setup.knownWorker('a'));
  const say = (count: number): void => { for (let n = 0; n < count; n++) game.event({ type: 'info', n }); };
  say(10);
  await until('ten are published', async () => (await setup.client.llen(keys.events)) === 10);
  const taken = { mode: 'takeOver', heartbeatLifeMs: 30_000 } as const;
  await claimName(setup.client, keys, homeInstance(other.home), taken);
  say(10);
  await isRefused(setup.box);
  expect(await setup.client.llen(keys.events)).toBe(10);
  await claimName(setup.client, keys, homeInstance(setup.box.home), taken);
  await until('the rest is published', async () => (await setup.client.llen(keys.events)) === 20);
});

it('leaves the keys of a server alone that another box runs by now', async () => {
  const second = new TestBox(redis, { box: '2' });
  ends.push(() => second.end());
  await setup.box.startQueue();
  const moved = setup.worker('a');
  await until('it has keys here', async () => (await setup.client.exists(keys.server('a'))) === 1);
  await second.startQueue();
  const worker = new FakeWorker({ home: second.home, serverId: 'a' }).start();
  ends.push(() => worker.kill());
  await until('it has keys there', async () => (await setup.client.get(keys.serverBox('a'))) === '2');
  moved.kill();
  await until('its key here is gone', async () => (await setup.client.exists(keys.server('a'))) === 0);
  expect(await setup.client.mget(keys.serverState('a'), keys.serverBox('a'))).toEqual(['up', '2']);
});
