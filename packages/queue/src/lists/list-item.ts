import { isUtf8 } from 'node:buffer';
import { messageOf, PinkyError, toErrorAnswer, type BoxCommandResult, type CommandResult } from '@pinky/protocol';

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
  /** Why it cannot be obeyed, whatever the command is: the answer could not go where it is wanted. */
  readonly fault?: PinkyError;
}

export function listItem(stored: Buffer): ListItem {
  const space = stored.indexOf(0x20);
  return { id: stored.subarray(0, space).toString(), stored, raw: stored.subarray(space + 1) };
}

/**
 * Reads both spellings: `{"name", "data": {…}}`, and the older one with the fields beside the name, where `data` may be
 * the settings. `type` is read where there is no `name`. `answers` is the list of this box. Throws `bad_command`.
 */
export function parseListItem(raw: Buffer, answers: string): ListCommand {
  const item = parseJson(raw);
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new PinkyError('bad_command', 'an item of the list must be a JSON object with `name`');
  }
  const { replyTo, id, ...rest } = item as Record<string, unknown>; // an object that is not an array
  const { [rest['name'] === undefined ? 'type' : 'name']: name, ...fields } = rest;
  const isWrapped =
    typeof fields['data'] === 'object' &&
    fields['data'] !== null &&
    !('serverId' in fields) &&
    !('server_id' in fields);
  return {
    name,
    data: isWrapped ? fields['data'] : fields,
    ...(isMark(id) && { id }),
    ...addressed(replyTo, answers),
    ...(isGiven(id) && !isMark(id) && { fault: bad('id', id, noMark) }),
  };
}

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
