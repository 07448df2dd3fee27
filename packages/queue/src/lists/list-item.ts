import { isUtf8 } from 'node:buffer';
import { messageOf, PinkyError, toErrorAnswer, type BoxCommandResult, type CommandResult } from '@pinky/protocol';

/** An item of the inbox that has its number: `<number>-<unix microseconds> <the item as it was pushed>`. */
export interface ListItem {
  readonly id: string;
  /** The item in the processing list, byte for byte. */
  readonly stored: Buffer;
  readonly raw: Buffer;
}

/** Keys of a box and of BullMQ, as redisKeys names them. An answer would be taken for what they hold, and cut them. */
const own = 'in|intake|in:counter|processing|state|heartbeat|owner|servers:.*|outbox.*|webhooks:.*';
const isOfBox = new RegExp(`^(server:|bull:|pinky:[^:]+:(${own})$)`, 's');

/** The command of an item, which is not checked yet. */
export interface ListCommand {
  readonly name: unknown;
  readonly data: unknown;
  /** The list for the answer, where the sender named one. */
  readonly replyTo?: string;
  /** The sender's own mark, which the answer gives back. */
  readonly id?: string | number;
}

export function listItem(stored: Buffer): ListItem {
  const space = stored.indexOf(0x20);
  return { id: stored.subarray(0, space).toString(), stored, raw: stored.subarray(space + 1) };
}

/**
 * Reads both spellings: `{"name", "data": {…}}`, and the older one with the fields beside the name, where `data` may be
 * the settings. `type` is read where there is no `name`. Throws `bad_command`.
 */
export function parseListItem(raw: Buffer): ListCommand {
  const item = parseJson(raw);
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new PinkyError('bad_command', 'an item of the list must be a JSON object with `name`');
  }
  const { replyTo, id, ...rest } = item as Record<string, unknown>; // an object that is not an array
  const { [rest['name'] === undefined ? 'type' : 'name']: name, ...fields } = rest;
  if (typeof replyTo === 'string' && isOfBox.test(replyTo)) {
    throw new PinkyError('bad_command', `replyTo: ${JSON.stringify(replyTo.slice(0, 80))} is a key of a box itself`);
  }
  const isWrapped =
    typeof fields['data'] === 'object' &&
    fields['data'] !== null &&
    !('serverId' in fields) &&
    !('server_id' in fields);
  return {
    name,
    data: isWrapped ? fields['data'] : fields,
    ...(typeof replyTo === 'string' && replyTo !== '' && replyTo.length <= 512 && { replyTo }),
    ...((typeof id === 'string' || typeof id === 'number') && { id }),
  };
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
