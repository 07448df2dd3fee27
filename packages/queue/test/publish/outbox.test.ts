import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { redisKeys, WebhookFiles, type LogRecord } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import type { FencedClient } from '../../src/owner/fenced-script.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { noCursor, type EventsMessage } from '../../src/publish/event-batch.js';
import { Outbox, outboxLimits, type OutboxTarget } from '../../src/publish/outbox.js';
import { publishBatch } from '../../src/publish/publish-script.js';
import { owning } from '../support/fenced.js';
import { PrivateRedis } from '../support/private-redis.js';

const redis = new PrivateRedis();
const keys = { cursor: 'cursor', events: 'events', serverState: 'state' };
const target: OutboxTarget = { stream: 'outbox', counts: 'counts', ...outboxLimits };
let client: Redis;
let fenced: FencedClient;
beforeAll(async () => {
  await redis.start();
  client = redis.client();
});
beforeEach(async () => {
  await client.flushall();
  fenced = await owning(client);
});
afterAll(() => redis.end());

/** Events `from` to `to` of one run, each of the same length. */
const short = (n: number): string => `{"n":${String(n).padStart(8)}}`;
const batchOf = (from: number, to: number, json = short): EventsMessage => ({
  type: 'events',
  serverId: 'a',
  run: 'r1',
  console: to * 10,
  journal: 0,
  events: Array.from({ length: to - from }, (_, i) => ({
    stream: 'console' as const,
    start: (from + i) * 10,
    end: (from + i + 1) * 10,
    json: json(from + i),
  })),
});
const publish = (batch: EventsMessage, known = noCursor, outbox = target) =>
  publishBatch(fenced, keys, batch, 1_000_000, known, outbox);

/** The entries: their numbers and the `n` of their events. */
async function entries(): Promise<[number, number][]> {
  const found = await client.xrange('outbox', '-', '+');
  return found.map(([, [, n, , , , json = '{}']]) => [Number(n), JSON.parse(json).n]);
}
const bytesInside = async (): Promise<number> =>
  (await client.xrange('outbox', '-', '+')).reduce((sum, [, fields]) => sum + (fields[5]?.length ?? 0) + 100, 0);
const counts = async () => client.hgetall('counts');

it('gets each event in the step that publishes it, numbered, wherever the cursor stands', async () => {
  const { cursor } = await publish(batchOf(0, 3)); // the cursor is as it was last seen
  await publish(batchOf(3, 5), cursor);
  await publishBatch(fenced, keys, batchOf(2, 8), 1_000, undefined, target); // nobody knows where it stands
  expect(await entries()).toEqual(Array.from({ length: 8 }, (_, n) => [n + 1, n]));
  expect(await client.llen('events')).toBe(8);
  expect(await counts()).toEqual({ n: '8', bytes: String(await bytesInside()) });
});

it('stays empty where no webhook is, and costs no key', async () => {
  await publishBatch(fenced, keys, batchOf(0, 3), 1_000, noCursor);
  await publishBatch(fenced, keys, batchOf(3, 4), 1_000);
  expect(await client.exists('outbox', 'counts')).toBe(0);
  expect(await client.llen('events')).toBe(4);
});

it('holds no more events than it may: the oldest go, and the numbers tell', async () => {
  const small = { ...target, mostEvents: 10 };
  let { cursor } = await publish(batchOf(0, 8), noCursor, small);
  ({ cursor } = await publish(batchOf(8, 400), cursor, small));
  expect(await entries()).toEqual(Array.from({ length: 10 }, (_, n) => [n + 391, n + 390]));
  expect(await counts()).toEqual({ n: '400', bytes: String(await bytesInside()) });
  await publish(batchOf(400, 401), cursor, small);
  expect((await entries()).at(-1)).toEqual([401, 400]);
});

it('holds no more bytes than it may', async () => {
  const small = { ...target, mostBytes: 5_000 };
  await publish(batchOf(0, 20, (n) => JSON.stringify({ n, text: 'x'.repeat(900) })), noCursor, small);
  expect((await entries()).map(([, n]) => n)).toEqual([16, 17, 18, 19]);
  expect(await bytesInside()).toBeLessThanOrEqual(5_000);
});

it('never keeps an event from being published, whatever is wrong with it', async () => {
  await client.set('outbox', 'of somebody else');
  const { cursor, outboxFailure } = await publish(batchOf(0, 3));
  expect(outboxFailure).toContain('WRONGTYPE');
  const again = await publishBatch(fenced, keys, batchOf(0, 5), 1_000, undefined, target);
  expect(again).toMatchObject({ accepted: 2, outboxFailure: expect.stringContaining('WRONGTYPE') });
  expect(cursor.console).toBe(30);
  expect(await client.llen('events')).toBe(5);
});

describe('the outbox of a home', () => {
  const home = mkdtempSync(join(tmpdir(), 'pinky-outbox-'));
  const files = new WebhookFiles(home);
  const log: LogRecord[] = [];
  const clock = new FakeClock();
  const note = (record: LogRecord): void => void log.push(record);
  const logger = { trace: note, debug: note, info: note, warn: note, error: note, fatal: note };
  const box = redisKeys('1');
  const connection: Pick<RedisConnection, 'run'> = { run: (_what, call) => call(client) };
  const outbox = new Outbox({ redis: connection as RedisConnection, keys: box, clock, logger, home });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('is written from the first webhook on, until the last one goes', () => {
    expect(outbox.target).toBeUndefined();
    const [one, two] = ['https://one.example/', 'https://two.example/'].map((url) => files.create({ url }).endpoint.id);
    expect(outbox.target).toMatchObject({ stream: box.outbox, counts: box.outboxCounts, mostEvents: 100_000 });
    files.remove(one ?? '');
    expect(outbox.target).toBeDefined();
    files.remove(two ?? '');
    expect(outbox.target).toBeUndefined();
  });

  it('goes from Redis where no webhook is left', async () => {
    await client.xadd(box.outbox, '*', 'n', '1');
    await client.hset(box.outboxCounts, 'n', 1);
    const { endpoint } = files.create({ url: 'https://one.example/' });
    await outbox.clear();
    expect(await client.exists(box.outbox, box.outboxCounts)).toBe(2);
    files.remove(endpoint.id);
    await outbox.clear();
    expect(await client.exists(box.outbox, box.outboxCounts)).toBe(0);
  });

  it('says once a minute what is wrong with it', async () => {
    for (const pauseMs of [0, 30_000, 40_000]) {
      await clock.advance(pauseMs);
      outbox.failed('WRONGTYPE');
    }
    expect(log).toEqual(Array(2).fill({ event: 'outbox.not_written', because: 'WRONGTYPE' }));
  });
});
