import { isUtf8 } from 'node:buffer';
import {
  messageOf,
  PinkyError,
  suggest,
  toErrorAnswer,
  type BoxCommandResult,
  type CommandResult,
} from '@pinky/protocol';

/** An item of the inbox that has its number: `<number>-<unix microseconds> <the item as it was pushed>`. */
export interface ListItem {
  readonly id: string;
  /** The item in the processing list, byte for byte. */
  readonly stored: Buffer;
  readonly raw: Buffer;
}

/**
 * Keys of a box and of BullMQ, as redisKeys names them. An answer would be taken for what they hold, and cut them. The
 * answers of another box belong to those who asked that one.
 */
const own =
  'in|intake|in:counter|processing|state|heartbeat|owner|answers|servers:.*|distributions.*|outbox.*|webhooks:.*';
const isOfBox = new RegExp(`^(server:|bull:|pinky:[^:]+:(${own})$)`, 's');

const longestReplyTo = 512;

/** The command of an item, which is not checked yet. */
export interface ListCommand {
  readonly name: unknown;
  readonly data: unknown;
  /** The list for the answer, where the sender named one. */
  readonly replyTo?: string;
  /** The sender's own mark, which the answer gives back. */
  readonly id?: string | number;
  /** Why it cannot be obeyed, whatever the command is: its answer has no place, or a field of it no meaning. */
  readonly fault?: PinkyError;
}

export function listItem(stored: Buffer): ListItem {
  const space = stored.indexOf(0x20);
  return { id: stored.subarray(0, space).toString(), stored, raw: stored.subarray(space + 1) };
}

/**
 * Reads both spellings: `{"name", "data": {…}}`, and the older one with the fields beside the name, where `data` may be
 * the settings. `type` is read where there is no `name`. `answers` is the list of this box. Throws `bad_command` where
 * no item can be read at all; one that can, but not obeyed, has a `fault`, so that its answer finds its sender.
 */
export function parseListItem(raw: Buffer, answers: string): ListCommand {
  const item = parseJson(raw);
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new PinkyError('bad_command', 'an item of the list must be a JSON object with `name`');
  }
  const { replyTo, id, name, type, ...fields } = item as Record<string, unknown>; // an object that is not an array
  const isWrapped =
    typeof fields['data'] === 'object' &&
    fields['data'] !== null &&
    !('serverId' in fields) &&
    !('server_id' in fields);
  const called = name === undefined ? type : name;
  const fault = twoNames(name, type) ?? (isWrapped ? besideData(called, fields) : undefined) ?? markFault(id);
  return {
    name: called,
    data: isWrapped ? fields['data'] : fields,
    ...(isMark(id) && { id }),
    ...addressed(replyTo, answers),
    ...(fault && { fault }),
  };
}

/** Both say which command is meant. */
function twoNames(name: unknown, type: unknown): PinkyError | undefined {
  if (name === undefined || type === undefined || name === type) return undefined;
  const shown = `${shownIn(JSON.stringify(name))} and ${shownIn(JSON.stringify(type))}`;
  return new PinkyError('bad_command', `name and type are one field, but they differ (${shown}); send one of them`);
}

/** A field that would be dropped in silence: its sender would think that it holds. */
function besideData(command: unknown, fields: Readonly<Record<string, unknown>>): PinkyError | undefined {
  const names = Object.keys(fields).filter((name) => name !== 'data');
  if (names.length === 0) return undefined;
  const sentences = names.map((name) => {
    const meant = suggest(name, besides);
    const hint = meant === undefined ? 'put the fields of the command into data' : `did you mean ${meant}?`;
    return `${shownIn(name)} is not a field beside data; ${hint}`;
  });
  return new PinkyError('bad_command', `${shownIn(String(command))}: ${sentences.join('; ').slice(0, 500)}`);
}

/** Everything that an item may have beside `data`. */
const besides = ['name', 'type', 'id', 'replyTo'];

const markFault = (id: unknown): PinkyError | undefined =>
  isGiven(id) && !isMark(id) ? bad('id', id, noMark) : undefined;
const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
const noMark = 'is neither a text nor a number that JavaScript keeps (±2⁵³): send it as a text';
/** A whole number beyond these is not the one that was written: JavaScript has rounded it. */
const isMark = (id: unknown): id is string | number =>
  typeof id === 'string' || (typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER);

const bad = (field: string, value: unknown, why: string): PinkyError =>
  new PinkyError('bad_command', `${field}: ${shownIn(JSON.stringify(value))} ${why}`);
const shownIn = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);

function addressed(replyTo: unknown, answers: string): Pick<ListCommand, 'replyTo' | 'fault'> {
  if (!isGiven(replyTo) || replyTo === '') return {};
  if (typeof replyTo !== 'string') return { fault: bad('replyTo', replyTo, 'is no text, so it names no list') };
  if (replyTo.length > longestReplyTo) {
    return { fault: bad('replyTo', replyTo, `is longer than ${longestReplyTo} characters`) };
  }
  const isOthers = replyTo !== answers && isOfBox.test(replyTo);
  return isOthers ? { fault: bad('replyTo', replyTo, 'is a key of a box itself') } : { replyTo };
}

export type ListOutcome =
  | { readonly ok: true; readonly result: CommandResult | BoxCommandResult }
  | { readonly ok: false; readonly failure: unknown };

/** The JSON that is pushed as the answer: `ok` with `result`, or with `error` (code, message, remedy). */
export function answerText(item: ListItem, command: ListCommand | undefined, outcome: ListOutcome): string {
  const serverId = serverIdOf(command?.data);
  return JSON.stringify({
    command: item.id,
    id: command?.id,
    name: command?.name,
    serverId,
    ...(outcome.ok ? { ok: true, result: outcome.result } : { ok: false, error: toErrorAnswer(outcome.failure) }),
  });
}

function parseJson(raw: Buffer): unknown {
  if (!isUtf8(raw)) throw new PinkyError('bad_command', 'an item of the list is not UTF-8');
  try {
    return JSON.parse(raw.toString());
  } catch (cause) {
    throw new PinkyError('bad_command', `an item of the list is not JSON: ${messageOf(cause)}`, { cause });
  }
}

function serverIdOf(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return undefined;
  return 'serverId' in data ? data.serverId : 'server_id' in data ? data.server_id : undefined;
}
