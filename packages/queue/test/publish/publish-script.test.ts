import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { EventLines, type Cursor, type PendingEvent } from '@pinky/protocol';
import { noCursor, type EventsMessage } from '../../src/publish/event-batch.js';
import { publishBatch, readCursor } from '../../src/publish/publish-script.js';
import type { FencedClient } from '../../src/owner/fenced-script.js';
import { owning } from '../support/fenced.js';
import { PrivateRedis } from '../support/private-redis.js';

const redis = new PrivateRedis();
const keys = { cursor: 'cursor', events: 'events', serverState: 'state' };
let client: Redis;
let fenced: FencedClient;

beforeAll(async () => {
  await redis.start();
  client = redis.client();
  fenced = await owning(client);
});
afterAll(() => redis.end());

/** The lines of three runs, and the batch that holds lines `from` to `to` of one of them. */
const runs = ['r1', 'r2', 'r3'];
const lines = (run: string): PendingEvent[] =>
  Array.from({ length: 6 }, (_, n) => ({
    stream: n % 3 === 2 ? 'journal' : 'console',
    start: n * 10,
    end: n * 10 + 10,
    json: `${run}:${n}`,
  }));
const batchOf = (run: string, from: number, to: number): EventsMessage => {
  const end = (stream: string): number =>
    Math.max(
      0,
      ...lines(run)
        .slice(0, to)
        .filter((each) => each.stream === stream)
        .map((each) => each.end),
    );
  return {
    type: 'events',
    serverId: 'a',
    run,
    console: end('console'),
    journal: end('journal'),
    events: lines(run).slice(from, to),
  };
};

it('holds every line at most once and in order, whatever is sent again and whatever the sender knows', async () => {
  const knowing = fc.constantFrom(undefined, 'exactly' as const, 'late' as const);
  const sending = fc.array(
    fc.record({
      run: fc.integer({ min: 0, max: 2 }),
      back: fc.integer({ min: 0, max: 6 }),
      forth: fc.integer({ min: 0, max: 3 }),
      knowing,
      areLines: fc.boolean(),
    }),
    { maxLength: 25 },
  );
  await fc.assert(fc.asyncProperty(sending, async (steps) => {
    await client.del('cursor', 'events');
    const sent = [0, 0, 0];
    let newest = 0;
    let before: Cursor = noCursor;
    let last: Cursor = noCursor;
    const send = async (batch: EventsMessage, knowing?: 'exactly' | 'late'): Promise<void> => {
      const { cursor } = await publishBatch(
        fenced,
        keys,
        batch,
        1_000,
        knowing && (knowing === 'late' ? before : last),
      );
      expect(cursor).toEqual(await readCursor(client, 'cursor'));
      [before, last] = [last, cursor];
    };
    for (const { run, back, forth, knowing, areLines } of steps) {
      // A run is published before the next one begins.
      if (run > newest && sent[newest] !== 6) await send(batchOf(runs[newest] ?? '', 0, 6));
      if (run > newest) sent[newest] = 6;
      newest = Math.max(newest, run);
      const to = Math.min(6, (sent[run] ?? 0) + forth);
      const batch = batchOf(runs[run] ?? '', Math.max(0, (sent[run] ?? 0) - back), to);
      await send(areLines ? { ...batch, lines: EventLines.of(batch.events) } : batch, knowing);
      sent[run] = Math.max(sent[run] ?? 0, run < newest ? 0 : to);
    }
    const held = (await client.lrange('events', 0, -1)).reverse();
    expect(new Set(held).size).toBe(held.length);
    expect(held).toEqual([...held].sort());
    expect(held.filter((each) => each.startsWith(`${runs[newest]}:`))).toHaveLength(sent[newest] ?? 0);
    return true;
  }), { numRuns: 60 });
});

it('keeps offsets exact beyond what a short float can hold', async () => {
  await client.del('cursor', 'events');
  const far = 2 ** 53 - 100;
  await publishBatch(
    fenced,
    keys,
    {
      type: 'events',
      serverId: 'a',
      run: 'r"1\\',
      console: far,
      journal: 7,
      events: [{ stream: 'console', start: far - 10, end: far, json: '{}' }],
    },
    10,
  );
  expect(await readCursor(client, 'cursor')).toEqual({ run: 'r"1\\', console: far, journal: 7 });
});

it.each([true, false])('takes a batch of many thousand events (known place: %s)', async (isKnown) => {
  await client.del('cursor', 'events');
  const events = Array.from({ length: 50_000 }, (_, n): PendingEvent => ({
    stream: 'console',
    start: n,
    end: n + 1,
    json: String(n),
  }));
  const done = await publishBatch(
    fenced,
    keys,
    {
      type: 'events',
      serverId: 'a',
      run: 'r1',
      console: 50_000,
      journal: 0,
      events,
      lines: EventLines.of(events),
    },
    40_000,
    isKnown ? noCursor : undefined,
  );
  expect(done).toMatchObject({ accepted: 50_000, dropped: 10_000 });
  expect(await client.lindex('events', 0)).toBe('49999');
});

it('takes nothing if Redis stands behind the place that was last seen', async () => {
  await client.del('cursor', 'events');
  const known = { run: 'r1', console: 20, journal: 0 };
  const done = await publishBatch(fenced, keys, batchOf('r1', 2, 4), 1_000, known);
  expect(done).toEqual({
    cursor: noCursor,
    accepted: 0,
    dropped: 0,
    isBehind: true,
  });
  expect(await client.llen('events')).toBe(0);
});

it('takes many events at once if the cursor is known, too', async () => {
  await client.del('cursor', 'events');
  const events = Array.from({ length: 5_000 }, (_, n): PendingEvent => ({
    stream: 'console',
    start: n,
    end: n + 1,
    json: String(n),
  }));
  const done = await publishBatch(
    fenced,
    keys,
    {
      type: 'events',
      serverId: 'a',
      run: 'r1',
      console: 5_000,
      journal: 0,
      events,
    },
    4_000,
    noCursor,
  );
  expect(done).toEqual({
    cursor: { run: 'r1', console: 5_000, journal: 0 },
    accepted: 5_000,
    dropped: 1_000,
    isBehind: false,
  });
  expect(await client.lindex('events', 0)).toBe('4999');
});

it.each<[string, Cursor | undefined]>([
  ['wherever it stands', undefined],
  ['exactly where it was last seen', noCursor],
])('lets a cursor expire while its server has no state, and not while it has one, sent %s', async (_, known) => {
  await client.del('cursor', 'events', 'state');
  const first = await publishBatch(fenced, keys, batchOf('r1', 0, 2), 1_000, known);
  expect(await client.ttl('cursor')).toBeGreaterThan(29 * 86_400);
  await client.set('state', 'up');
  const second = await publishBatch(fenced, keys, batchOf('r1', 2, 4), 1_000, known && first.cursor);
  expect(await client.ttl('cursor')).toBe(-1);
  await client.del('state'); // it is down, and its last events come later
  await publishBatch(fenced, keys, batchOf('r1', 4, 6), 1_000, known && second.cursor);
  expect(await client.ttl('cursor')).toBeGreaterThan(29 * 86_400);
});
