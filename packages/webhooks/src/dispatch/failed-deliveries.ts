import { parseObject, PinkyError, type FailedDelivery } from '@pinky/protocol';
import type { Message } from '../format/message.js';
import { fieldsOf, text } from '../format/words.js';
import { readMessage } from './lane-state.js';

/** A message that was given up, as Redis holds it: the message itself, when and why. */
export const failedDelivery = (message: Message, because: string, wallNowMs: number): string =>
  JSON.stringify({ ...message, at: new Date(wallNowMs).toISOString(), because });

/** The same for people, without what is in it. */
export function shownFailure(json: string): FailedDelivery[] {
  const more = parseObject(json) ?? {};
  return readMessage(json).map(({ id, tries, events, skipped }) => ({
    id,
    at: text(more['at']),
    tries,
    because: text(more['because']),
    types: skipped ? ['events_skipped'] : [...new Set(events.map((event) => text(fieldsOf(event)['type'])))],
  }));
}

/** Throws `not_found`. */
export function findFailed(all: readonly string[], id: string): { readonly json: string; readonly message: Message } {
  for (const json of all) {
    const [message] = readMessage(json);
    if (message?.id === id) return { json, message };
  }
  throw new PinkyError('not_found', `no failed message of this webhook has the id ${JSON.stringify(id).slice(0, 80)}`);
}
