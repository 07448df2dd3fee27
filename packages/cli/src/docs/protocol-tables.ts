import { frameIds, redisKeys, remedies } from '@pinky/protocol';
import { exitCodes, exitCodeOf } from '../command-line/exit-codes.js';
import { code, markdownTable } from './markdown.js';

/** Every error code, what to do about it, and what `pinky` exits with. */
export const errorCodesTable = (): string =>
  markdownTable(
    ['code', 'what to do', 'exit code'],
    // The keys of `remedies` are exactly ErrorCode; Object.entries forgets that.
    Object.entries(remedies).map(([name, remedy]) => [
      code(name),
      remedy,
      String(exitCodeOf(name as keyof typeof remedies)),
    ]),
  );

export const exitCodesTable = (): string =>
  markdownTable(
    ['exit code', 'name', 'meaning'],
    exitCodes.map((one) => [String(one.code), one.name, one.means]),
  );

type KeyName = keyof ReturnType<typeof redisKeys>;

/** The content of each key. A new key does not compile until it is described here. */
const keyMeanings: Readonly<Record<KeyName, string>> = {
  queue: 'name of the BullMQ queue (its own keys are `bull:pinky-<box>:…`)',
  boxState: '`up`, `stopping` or `down`; while `down`, jobs are answered with `box_down`',
  heartbeat:
    'JSON `freeDiskMb, freeRamMb, idleCpu` (percent), `servers, version, identity, host, home, bootId, place, ' +
    'epoch, supervisor`; written every `heartbeat_interval` (10 s), expires after three of them',
  owner:
    'hash: who has the name of this box: `identity`, `host`, `home`, `boot`, `place`, the `epoch` that each claim ' +
    'raises, and the present `claim`; `released` once the box went down',
  inbox: 'list: commands as JSON with `name`, for programs without BullMQ; LPUSH',
  intake: 'list: raw items on their way from the inbox',
  processing: 'list: items that are being run; those that a crash leaves here are run again',
  inboxCounter: 'hash: the number of the last item that was taken, and of the consumer',
  answers: 'list: answers to commands from the inbox, newest first',
  server: 'JSON `pid`, `port`, and `ports` if the funpack names some; gone when down',
  serverBox: 'the box that writes the keys of the server; gone when down',
  serverState: '`starting`, `up`, `stopping`; gone when down',
  players: 'set: the players who are connected',
  cursor:
    'run id and offsets of the last published event; set in the same script as the push; stays when the server is ' +
      'down, so that no event is sent twice',
  events: 'list: events as JSON, newest first, capped',
  outbox: 'stream: events that [webhooks](webhooks.md) have still to send; only while the box has a webhook',
  outboxCounts: 'hash: `n`, the events that ever went into the outbox, and `bytes`, how many are in it',
  webhook: 'JSON: how far a webhook is; the id is that of the webhook',
  webhookAside: 'hash: messages that have lost their place, as JSON, by their ids',
  webhookFailed: 'list: messages that were given up, as JSON, newest first, capped',
  distributions: 'sorted set: ids of the [distributions](distributions.md) that this box was asked for, by time',
  distribution:
    'hash: one of them: `order` and `state` as JSON, and `box:<name>`, how far each box is; only the box that was ' +
    'asked writes it',
};

/** Every key in Redis, as the code spells it. */
export function redisKeysTable(): string {
  const keys = redisKeys('<box>');
  // The keys of the object are exactly KeyName; Object.entries forgets that.
  return markdownTable(
    ['key', 'holds'],
    Object.entries(keys).map(([name, key]) => [
      code(typeof key === 'string' ? key : key('<id>')),
      keyMeanings[name as KeyName],
    ]),
  );
}

/** The ids of the control frames. */
export const framesTable = (): string =>
  markdownTable(
    ['id', 'message'],
    Object.entries(frameIds).map(([name, id]) => [String(id), code(name)]),
  );
