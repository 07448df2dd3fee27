import { holdsControl, type Escape } from '@pinky/protocol';
import type { Encoding } from '../dialect/encoding.js';
import type { PlayerEntry } from '../dialect/players.js';
import { asText } from '../launch/filters.js';
import type { Placeholders } from '../launch/placeholders.js';
import { escapeText, type Quote } from './escape.js';
import { assertName, assertUnlikeOthers } from './names.js';
import { badText, idOf, type Order } from './order.js';

/** A piece of a template: text of its own, or a placeholder and the quotes in which it stands. */
type Piece = string | Gap;

interface Gap {
  readonly name: string;
  readonly quote: Quote;
}

export interface Filling {
  /** The template's place in the funpack, for errors. */
  readonly at: string;
  readonly order: Order;
  readonly escape: Escape | undefined;
  readonly players: readonly PlayerEntry[];
  /** Finds settings, ports and the like. */
  readonly placeholders: Placeholders;
  readonly encoding: Encoding;
}

/**
 * A template's line with everything filled in, once: braces in a message are text. Throws `bad_text` for what the game
 * would misread, and `no_such_player` if the template wants the number of an unknown player.
 */
export function fillTemplate(template: string, filling: Filling): string {
  const { order, at, players } = filling;
  const pieces = piecesOf(template, filling.escape);
  const isBare = pieces.some((piece) => typeof piece === 'object' && piece.name === 'user' && piece.quote === '');
  if (isBare && 'user' in order) assertUnlikeOthers(order.user, order.message, players, at);
  return pieces.map((piece) => (typeof piece === 'string' ? piece : fill(piece, filling))).join('');
}

const tokens = /["']|\{([A-Za-z]+(?:\.[\w-]+)?)\}/g;
/** The same for a game in which a backslash takes the meaning of the next character away. */
const tokensWithBackslash = /\\.|["']|\{([A-Za-z]+(?:\.[\w-]+)?)\}/g;

/** The pieces of a template. The quotes are found before anything is filled in. */
function piecesOf(template: string, escape?: Escape): readonly Piece[] {
  const pieces: Piece[] = [];
  let quote: Quote = '';
  let end = 0;
  const hasBackslash = escape === undefined || escape.style === 'backslash';
  for (const { 0: text, 1: name, index } of template.matchAll(hasBackslash ? tokensWithBackslash : tokens)) {
    if (name !== undefined) {
      pieces.push(template.slice(end, index), { name, quote });
      end = index + text.length;
    } else if (text === quote) quote = '';
    else if (quote === '' && opens(template, index, text)) quote = text;
  }
  return [...pieces, template.slice(end)];
}

/** An apostrophe within a word is no quote, nor one that nothing closes. */
const opens = (template: string, at: number, text: string): text is '"' | "'" =>
  text === '"' || (text === "'" && template.includes(text, at + 1) && !/[\p{L}\p{N}]$/u.test(template.slice(0, at)));

/** A text that is filled in, and what it is, for errors. */
interface Value {
  readonly text: string;
  readonly what: string;
  /** Another text in its place would mean somebody else. */
  readonly isName?: boolean;
  readonly isOwn?: boolean;
}

function fill({ name, quote }: Gap, filling: Filling): string {
  const value = valueOf(name, quote, filling);
  if (!value) return `{${name}}`;
  const { at, escape, encoding } = filling;
  const { isName = false, isOwn = false, what } = value;
  const { text, forbidden } = escapeText(value.text, { quote, escape, isOwn, encoding });
  if (forbidden === '' || (escape?.replace !== undefined && !isName)) return text;
  throw badText(`${at}: ${what} holds ${Array.from(forbidden).join(' ')} and the game may read that as more than text`);
}

function valueOf(name: string, quote: Quote, filling: Filling): Value | undefined {
  const { order, at, escape, placeholders } = filling;
  if (name === 'message') return { text: 'message' in order ? order.message : '', what: 'the message' };
  if (name === 'user' || name === 'id') {
    if (!('user' in order)) return { text: '', what: name };
    if (name === 'id') return { text: numberOf(order.user, quote, filling), what: "the player's number", isName: true };
    assertName({ user: order.user, at, isQuoted: quote !== '', escape });
    return { text: order.user, what: 'the name', isName: true };
  }
  if (name === 'value' && 'setting' in order) {
    return { text: asText(order.value), what: `the value of ${order.setting}`, isOwn: true };
  }
  const value = placeholders(name);
  return value === undefined ? undefined : { text: asText(value), what: name, isOwn: true };
}

/** The console told the number, so it may be any text. */
function numberOf(user: string, quote: Quote, { at, players }: Filling): string {
  const id = idOf(user, players);
  const isWord = id !== '' && (quote !== '' || !/\s/.test(id));
  if (isWord && !holdsControl(id)) return id;
  throw badText(`${at}: the player's number ${JSON.stringify(id)} is not one word`);
}
