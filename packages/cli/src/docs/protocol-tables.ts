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

/** What each key holds. A new key does not compile until it is described here. */
const keyMeanings: Readonly<Record<KeyName, string>> = {
  queue: 'name of the BullMQ queue (its own keys are `bull:pinky-<box>:…`)',
  boxState: '`up`, `stopping` or `down`; while `down`, jobs are answered with `box_down`',
  heartbeat:
    'JSON `freeDiskMb, freeRamMb, idleCpu` (percent), `servers, version`; every 10 s, gone after 30 s without one',
  inbox: 'list: commands as JSON with `name`, for those who do not speak BullMQ; LPUSH',
  intake: 'list: raw items on their way from the inbox',
  processing: 'list: items that are being obeyed; what a crash leaves here is taken up again',
  inboxCounter: 'hash: the numbers of the last item taken in and of the consumer',
  answers: 'list: answers to commands from the inbox, newest first',
  server: 'JSON `pid`, `port`; gone when down',
  serverState: '`starting`, `up`, `stopping`; gone when down',
  players: 'set: who is connected',
  cursor:
    'run id and offsets of the last published event; set in the same script as the push; stays when the server is ' +
      'down, so that nothing is sent again',
  events: 'list: events as JSON, newest first, capped',
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
