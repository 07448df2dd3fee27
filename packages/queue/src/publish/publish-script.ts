import type { Redis } from 'ioredis';
import type { Cursor } from '@pinky/protocol';
import { FencedScript, type FencedClient } from '../owner/fenced-script.js';
import { appendBatch } from './append-script.js';
import { noCursor, type EventsMessage, type Published, type PublishKeys } from './event-batch.js';
import type { OutboxTarget } from './outbox.js';
import { outboxArgs, outboxKeys, outboxLua } from './outbox-script.js';
import { setCursor } from './set-cursor.js';

/**
 * KEYS cursor, events list, the server's state. ARGV run, end offsets of console and journal, cap, the run and the two
 * offsets at which the cursor must at least stand (an empty run: anywhere), then stream, start and JSON of each event.
 *
 * A newer run begins at 0. An older run is published already, because run ids sort by age as text. The cursor never
 * goes back, so a script that Redis runs late, after its caller gave up, changes nothing that came after it. The cursor
 * is written by hand, because cjson keeps only 14 digits of a number.
 */
const lua = (begin: string, fill: string): string => `${setCursor}${begin}
local run, console, journal, cap = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local stored = redis.call('GET', KEYS[1])
local cursor = stored and cjson.decode(stored) or { run = '', console = 0, journal = 0 }
local knownRun, knownConsole, knownJournal = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local lacks = cursor.console < knownConsole or cursor.journal < knownJournal
local behind = cursor.run < knownRun or (cursor.run == knownRun and lacks)
local accepted, dropped, outboxFailure = 0, 0, ''
if run >= cursor.run and not behind then
  if run > cursor.run then cursor = { run = run, console = 0, journal = 0 } end
  local fresh = {}
  for i = 8, #ARGV, 3 do
    if tonumber(ARGV[i + 1]) >= cursor[ARGV[i]] then fresh[#fresh + 1] = ARGV[i + 2] end
  end
  accepted = #fresh
  for i = 1, accepted, 1000 do
    redis.call('LPUSH', KEYS[2], unpack(fresh, i, math.min(i + 999, accepted)))
  end
  if accepted > 0 then
    dropped = math.max(0, redis.call('LLEN', KEYS[2]) - cap)
    if dropped > 0 then redis.call('LTRIM', KEYS[2], 0, cap - 1) end
  end
  ${fill}
  cursor.console = math.max(cursor.console, console)
  cursor.journal = math.max(cursor.journal, journal)
  local stands = '{"run":%s,"console":%.0f,"journal":%.0f}'
  setCursor(string.format(stands, cjson.encode(cursor.run), cursor.console, cursor.journal))
end
local whole = function(n) return string.format('%.0f', n) end
local isBehind = behind and 1 or 0
return { cursor.run, whole(cursor.console), whole(cursor.journal), accepted, dropped, isBehind, outboxFailure }
`;
const publish = new FencedScript(lua('', ''));
const publishToOutbox = new FencedScript(lua(outboxLua, 'outboxFailure = toOutbox(fresh, 1, accepted)'));

/**
 * Publishes a batch. `known` is where the cursor was last seen. Wherever it stands, no event is taken twice. The events
 * go into the outbox too where the box has webhooks.
 */
export async function publishBatch(
  redis: FencedClient,
  keys: PublishKeys,
  batch: EventsMessage,
  cap: number,
  known?: Cursor,
  outbox?: OutboxTarget,
): Promise<Published> {
  return (
    (known && (await appendBatch(redis, keys, batch, cap, known, outbox))) ??
    publishFrom(redis, keys, batch, cap, known ?? noCursor, outbox)
  );
}

/** Publishes a batch wherever the cursor stands: the script tells new events from old ones. */
async function publishFrom(
  redis: FencedClient,
  keys: PublishKeys,
  batch: EventsMessage,
  cap: number,
  known: Cursor,
  outbox: OutboxTarget | undefined,
): Promise<Published> {
  const args: (string | number)[] = [
    batch.run,
    batch.console,
    batch.journal,
    cap,
    known.run,
    known.console,
    known.journal,
  ];
  for (const event of batch.events) args.push(event.stream, event.start, event.json);
  const scriptKeys = [keys.cursor, keys.events, keys.serverState];
  const reply = outbox
    ? publishToOutbox.run(redis, [...scriptKeys, ...outboxKeys(outbox)], [...args, ...outboxArgs(outbox, Date.now())])
    : publish.run(redis, scriptKeys, args);
  // The reply's shape is that of the script's last line.
  const [run, console, journal, accepted, dropped, behind, outboxFailure] =
    (await reply) as [string, string, string, number, number, number, string];
  return {
    cursor: { run, console: Number(console), journal: Number(journal) },
    accepted,
    dropped,
    isBehind: behind === 1,
    ...(outboxFailure !== '' && { outboxFailure }),
  };
}

export async function readCursor(redis: Redis, key: string): Promise<Cursor> {
  const stored = await redis.get(key);
  // Only the scripts here write it.
  return stored === null ? noCursor : JSON.parse(stored) as Cursor;
}
