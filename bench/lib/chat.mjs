// Games that talk a lot: what reading them costs, and whether every line came through.
import { consoleLines, publishedLines } from './lines.mjs';
import { Floor } from './floor.mjs';
import { PinkyBox } from './pinky-box.mjs';
import { cpuSeconds } from './processes.mjs';
import { sum } from './statistics.mjs';
import { lookFor, sleep, until } from './time.mjs';

/** How long a reader may lag behind once the games are silent, milliseconds: longer than all rests. */
const lagMs = 1_500;
/** After this the garbage of a start has been collected, which is not part of the cost of reading. Milliseconds. */
const settleMs = 6_000;
/** The cap is more than a row sends, so that no event falls off the list before it is counted. */
const config = 'events:\n  cap: 2000000\n';

/** The figures of the four ways that are compared. */
export async function measureChat({ scratch, game, isQuick, games, rate }) {
  const context = {
    scratch,
    game,
    ids: Array.from({ length: games }, (_, place) => `g${place + 1}`),
    rate,
    seconds: isQuick ? 3 : 6,
  };
  const pipe = await floorChat(context, {}, 'event');
  const follower = await floorChat(context, { follow: { restMs: 20 } }, 'event');
  const { text, event } = await pinkyChat(context);
  return { pipe, follower, text, event, seconds: context.seconds };
}

async function floorChat({ scratch, game, ids, ...order }, how, kind) {
  const floor = new Floor(scratch, { game, ...how });
  try {
    await floor.open();
    await floor.start(ids);
    await floor.stamps.started(ids.length);
    await sleep(1_000);
    return await chat(floor, {
      ...order,
      ids,
      kind,
      received: async () => ({ lines: await floor.chatLines(ids), twice: 0, disordered: 0 }),
    });
  } finally {
    floor.close();
  }
}

async function pinkyChat({ scratch, game, ids, ...order }) {
  const pinky = new PinkyBox(scratch, { game, config });
  try {
    await pinky.open();
    await pinky.start(ids);
    await pinky.stamps.started(ids.length);
    await pinky.allUp(ids);
    await sleep(settleMs);
    const text = await chat(pinky, {
      ...order,
      ids,
      kind: 'text',
      received: () => consoleLines(pinky.home, ids),
    });
    const { client } = pinky;
    await client.del(pinky.keys.events);
    const sent = order.rate * order.seconds * ids.length;
    const event = await chat(pinky, {
      ...order,
      ids,
      kind: 'event',
      // Events that do not come are counted as missing.
      read: () =>
        lookFor(async () => (await client.llen(pinky.keys.events)) >= sent, { timeoutMs: 15_000, everyMs: 100 }),
      received: () => publishedLines(client, pinky.keys.events),
    });
    return { text, event };
  } finally {
    await pinky.close();
  }
}

/** Has every game talk for a while. Answers what that cost, from the order until the last line was read. */
async function chat(fleet, { ids, rate, seconds, kind, read, received }) {
  const chatsBefore = fleet.stamps.read().chats.length;
  const look = () => ({
    all: cpuSeconds(fleet.processes().all),
    redis: fleet.redisProcess ? cpuSeconds(fleet.redisProcess()) : 0,
  });
  const before = look();
  await Promise.all(ids.map((id) => fleet.say(id, `chat ${kind} ${rate} ${seconds}`)));
  await until('the end of the chat', () => fleet.stamps.read().chats.length === chatsBefore + ids.length, {
    timeoutMs: seconds * 5_000 + 10_000,
    everyMs: 50,
  });
  await read?.();
  await sleep(lagMs);
  const after = look();
  const chats = fleet.stamps.chats.slice(chatsBefore);
  const sent = sum(chats.map((each) => each.sent));
  const { lines, twice, disordered } = await received();
  return {
    sent,
    lost: sent - lines,
    twice,
    disordered,
    cpuPerMillion: (after.all - before.all) / (sent / 1e6),
    redisPerMillion: (after.redis - before.redis) / (sent / 1e6),
    slowdown: Math.max(...chats.map(({ elapsedS }) => elapsedS)) / seconds,
    inWrite: sum(chats.map(({ inWriteS }) => inWriteS)) / sum(chats.map(({ elapsedS }) => elapsedS)),
    longestWriteMs: Math.max(...chats.map(({ longestMs }) => longestMs)),
  };
}
