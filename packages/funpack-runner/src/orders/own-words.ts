import { asText } from '../launch/filters.js';
import type { PlayerEntry } from '../dialect/players.js';
import { assertUnlikeOthers } from './names.js';
import { badText, type Order } from './order.js';

/**
 * The line of the program form, as docs/funpacks.md lists them. The first space ends the name, so throws `bad_text` for
 * a name that holds one.
 */
export function textLine(order: Order, players: readonly PlayerEntry[]): string {
  switch (order.type) {
    case 'say': return `say ${order.message}`;
    case 'tell': case 'kick': return aboutPlayer(order.type, order.user, order.message, players);
    case 'list': case 'stop': return order.type;
    case 'set': return `set ${order.setting} ${asText(order.value)}`.trimEnd();
  }
}

function aboutPlayer(type: string, user: string, message: string, players: readonly PlayerEntry[]): string {
  if (/\s/.test(user) || user === '') {
    throw badText(
      `${type}: the name ${JSON.stringify(user)} holds a space, which ends a name in this form of orders; with ` +
        '"orders": "json" in funpack.json, a game is told any name',
    );
  }
  assertUnlikeOthers(user, message, players, type);
  return `${type} ${user} ${message}`.trimEnd();
}

/** The order as one JSON object, in which no text can be misread. It holds the game's number of a player, if known. */
export function jsonLine({ type, ...about }: Order, players: readonly PlayerEntry[]): string {
  const entry = 'user' in about ? players.find(({ name }) => name === about.user) : undefined;
  return JSON.stringify({ order: type, ...about, ...(entry?.id !== undefined && { id: entry.id }) });
}
