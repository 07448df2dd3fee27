import { assertOneLine, PinkyError } from '@pinky/protocol';
import { asText } from '../launch/filters.js';
import type { PlayerEntry } from '../dialect/players.js';

/** An order to a running game. */
export type Order =
  | { readonly type: 'say'; readonly message: string }
  | { readonly type: 'tell' | 'kick'; readonly user: string; readonly message: string }
  | { readonly type: 'list' }
  /** A setting has a new value, as its schema reads it. */
  | { readonly type: 'set'; readonly setting: string; readonly value: unknown }
  | { readonly type: 'stop' };

/** Refuses an order whose text would become a second line. Throws `bad_text`. */
export function assertOrder(order: Order): void {
  if ('message' in order) assertOneLine(`${order.type}: message`, order.message);
  if ('user' in order) assertOneLine(`${order.type}: user`, order.user);
  if ('setting' in order) assertOneLine(`set: ${order.setting}`, asText(order.value));
}

export const badText = (message: string): PinkyError => new PinkyError('bad_text', message);

/** The game's own number of the order's player. Throws `no_such_player` if nobody has told it. */
export function idOf(user: string, players: readonly PlayerEntry[]): string {
  const id = players.find(({ name }) => name === user)?.id;
  if (id === undefined) throw new PinkyError('no_such_player', `${JSON.stringify(user)} is not connected`);
  return String(id);
}
