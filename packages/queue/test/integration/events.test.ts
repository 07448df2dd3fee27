import { boxPaths, openPeer, type Message } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import type { FakeWorker } from '../support/fake-worker.js';
import { PrivateRedis } from '../support/private-redis.js';
import { queueSetup } from '../support/queue-setup.js';

const setup = queueSetup({ redis: new PrivateRedis('everysec'), change: { events: { cap: 50_000 } } });
const { keys, redis } = setup;

const worker = (serverId: string, inFlight = 8): Promise<FakeWorker> => setup.knownWorker(serverId, { inFlight });
/** Waits for a record in the queue's log. */
const logged = (event: string, fields: Readonly<Record<string, unknown>> = {}): Promise<unknown> =>
  until(`the log holds ${event}`, () =>
    setup.box.log.some(
      (record) => record.event === event && Object.entries(fields).every(([name, value]) => record[name] === value),
    ),
  );

/** The numbers in `server:events` by server, oldest first. */
const numbers = async (): Promise<Record<string, number[]>> => {
  const found: Record<string, number[]> = {};
  for (const json of (await setup.client.lrange(keys.events, 0, -1)).reverse()) {
    const { s, n } = JSON.parse(json) as { s: string; n: number };
    (found[s] ??= []).push(n);
  }
  return found;
};

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

beforeEach(() => setup.box.startQueue());

it('publishes what workers send in order and acknowledges it with the cursor in Redis', async () => {
  const game = await worker('a');
  for (const n of upTo(50)) game.event({ s: 'a', n });
  await game.until(() => game.unpublished === 0);
  expect(await numbers()).toEqual({ a: upTo(50) });
  expect(JSON.parse((await setup.client.get(keys.cursor('a'))) ?? '')).toEqual(game.published.at(-1));
});

it('publishes a line once, however often its worker sends it', async () => {
  const game = await worker('a');
  const batch: Message = {
    type: 'events',
    serverId: 'a',
    run: 'r1',
    console: 20,
    journal: 0,
    events: [{ stream: 'console', start: 0, end: 20, json: '{"s":"a","n":0}' }],
  };
  for (let i = 0; i < 5; i++) game.peer?.send(batch);
  await game.until(() => game.published.length === 6); // the cursor at its hello, and five answers
  expect(await numbers()).toEqual({ a: [0] });
});

it('begins a newer run at 0 and drops an older one', async () => {
  const game = await worker('a');
  game.event({ s: 'a', n: 0 });
  await game.until(() => game.unpublished === 0);
  game.newRun('r2');
  game.event({ s: 'a', n: 1 });
  await game.until(() => game.unpublished === 0 && game.published.at(-1)?.run === 'r2');
  game.newRun('r1');
  const before = game.published.length;
  game.event({ s: 'a', n: 2 });
  await game.until(() => game.published.length > before);
  expect(game.published.at(-1)?.run).toBe('r2');
  expect(await numbers()).toEqual({ a: [0, 1] });
});

it('tells journal and console lines apart by their own offsets', async () => {
  const game = await worker('a');
  game.peer?.send({
    type: 'events',
    serverId: 'a',
    run: 'r1',
    console: 100,
    journal: 10,
    events: [
      { stream: 'console', start: 0, end: 100, json: '{"s":"a","n":0}' },
      { stream: 'journal', start: 0, end: 10, json: '{"s":"a","n":1}' },
    ],
  });
  game.peer?.send({
    type: 'events',
    serverId: 'a',
    run: 'r1',
    console: 100,
    journal: 20,
    events: [
      { stream: 'journal', start: 0, end: 10, json: '{"s":"a","n":1}' },
      { stream: 'journal', start: 10, end: 20, json: '{"s":"a","n":2}' },
    ],
  });
  await game.until(() => game.published.at(-1)?.journal === 20);
  expect(await numbers()).toEqual({ a: [0, 1, 2] });
});

it('keeps the list at its cap and says what that cost', async () => {
  const { box } = setup;
  box.queue?.reload({ ...box.config, events: { cap: 10 } });
  const game = await worker('a');
  game.event({ s: 'a', n: -1 });
  for (const n of upTo(30)) game.event({ s: 'a', n });
  await game.until(() => game.unpublished === 0);
  expect(await numbers()).toEqual({ a: upTo(30).slice(-10) });
  await box.stopQueue();
  const dropped = box.log
    .filter((record) => record.event === 'events.dropped')
    .map((record) => Number(record['dropped']));
  expect(dropped.reduce((a, b) => a + b, 0)).toBe(21);
});

it('loses and doubles nothing while Redis is killed and started again, not even what Redis itself lost', async () => {
  const games = await Promise.all(['a', 'b', 'c'].map((id) => worker(id)));
  for (const n of upTo(300)) {
    for (const game of games) game.event({ s: game.status.serverId, n });
    if (n === 100) await redis.kill();
    if (n === 200) await redis.start();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(games.map((game) => game.until(() => game.unpublished === 0)));
  expect(await numbers()).toEqual({ a: upTo(300), b: upTo(300), c: upTo(300) });
});

it('loses and doubles nothing while Redis hangs for longer than a call may take', async () => {
  const game = await worker('a');
  game.event({ s: 'a', n: 0 });
  await game.until(() => game.unpublished === 0);
  redis.freeze();
  for (const n of upTo(100).slice(1)) game.event({ s: 'a', n });
  await logged('redis.away', { connection: 'queue' });
  for (const n of upTo(200).slice(100)) game.event({ s: 'a', n });
  redis.thaw();
  await game.until(() => game.unpublished === 0);
  expect(await numbers()).toEqual({ a: upTo(200) });
});

it('begins again with a worker that has more under way than is kept while Redis is away', async () => {
  const game = await worker('a', 10_000);
  await redis.kill();
  for (const n of upTo(300)) game.event({ s: 'a', n });
  await logged('publish.begun_again');
  await redis.start();
  for (const n of upTo(400).slice(300)) game.event({ s: 'a', n });
  await game.until(() => game.unpublished === 0);
  expect(await numbers()).toEqual({ a: upTo(400) });
});

it('begins again where a Redis stands that was restored from an older copy', async () => {
  const { client } = setup;
  const game = await worker('a');
  for (const n of upTo(10)) game.event({ s: 'a', n });
  await game.until(() => game.unpublished === 0);
  const older = JSON.parse((await client.get(keys.cursor('a'))) ?? '') as { console: number };
  const lengthOfOne = '{"s":"a","n":0}'.length + 1;
  await client.set(keys.cursor('a'), JSON.stringify({ ...older, console: older.console - 4 * lengthOfOne }));
  await client.ltrim(keys.events, 4, -1);
  await redis.kill('SIGTERM');
  await redis.start();
  await logged('publish.begun_again');
  for (const n of upTo(12).slice(10)) game.event({ s: 'a', n });
  await game.until(
    () => game.unpublished === 0 && game.published.at(-1)?.console === older.console + 2 * (lengthOfOne + 1),
  );
  expect(await numbers()).toEqual({ a: upTo(12) });
});

it('tells a worker of a new queue where Redis stands', async () => {
  const { box } = setup;
  const game = await worker('a');
  game.event({ s: 'a', n: 0 });
  await game.until(() => game.unpublished === 0);
  const last = game.published.at(-1);
  await box.stopQueue();
  const before = game.published.length;
  await box.startQueue();
  await game.until(() => game.published.length > before);
  expect(game.published.at(-1)).toEqual(last);
});

it('feeds subscribers each event once as it arrives, also while Redis is away', async () => {
  const fed: number[] = [];
  const watcher = await openPeer(
    { path: boxPaths(setup.box.home).queueSocket },
    {
      onMessage: (message) => {
        if (message.type === 'feed') fed.push((JSON.parse(message.json) as { n: number }).n);
      },
    },
  );
  await watcher.request('subscribe', {}, { deadlineMs: 5_000 });
  const game = await worker('a', 100);
  await redis.kill();
  for (const n of upTo(20)) game.event({ s: 'a', n });
  await until('everything was fed', () => fed.length >= 20);
  await redis.start();
  await game.until(() => game.unpublished === 0);
  expect(fed).toEqual(upTo(20));
  watcher.destroy();
});
