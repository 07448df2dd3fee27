import { assertOneLine, PinkyError, type FunpackManifest } from '@pinky/protocol';
import type { PlayerEntry } from './players.js';
import { expand, type Placeholders } from '../launch/placeholders.js';

/** An order to a running game, which goes through its stdin. */
export type Order =
  | { readonly type: 'say'; readonly message: string }
  | { readonly type: 'tell' | 'kick'; readonly user: string; readonly message: string }
  | { readonly type: 'list' }
  | { readonly type: 'stop' };

/** The line of the program form, as docs/funpacks.md lists them. */
export function programLine(order: Order): string {
  switch (order.type) {
    case 'say': return `say ${order.message}`;
    case 'tell': case 'kick': return `${order.type} ${order.user} ${order.message}`.trimEnd();
    case 'list': case 'stop': return order.type;
  }
}

/** The lines that stop the game: every `send` in the manifest's `stop`. */
export function stopLines(manifest: FunpackManifest, placeholders: Placeholders): readonly string[] {
  const steps = manifest.stop ?? [{ send: 'stop' }];
  return steps.flatMap((step) => ('send' in step ? [expand(step.send, placeholders)] : []));
}

/**
 * A template of `commands` with the order's user, message and number filled in. Inside quotes of the template, quotes
 * and backslashes of the text get a backslash, so that no text ends the quotes around it. Throws `no_such_player` if
 * the template wants the number of an unknown player.
 */
export function templateLine(template: string, order: Order, find: (name: string) => PlayerEntry | undefined): string {
  const values: Readonly<Record<string, () => string>> = {
    '{message}': () => ('message' in order ? order.message : ''),
    '{user}': () => ('user' in order ? order.user : ''),
    '{id}': () => ('user' in order ? idOf(order.user, find) : ''),
  };
  let quote = '';
  return template.replace(/\\.|["']|\{(?:message|user|id)\}/g, (token) => {
    const value = values[token]?.();
    if (value !== undefined) return escapeIn(quote, value);
    if (token === quote) quote = '';
    else if (quote === '' && token.length === 1) quote = token;
    return token;
  });
}

const escapeIn = (quote: string, text: string): string =>
  quote === ''
    ? text
    : text.replace(/["'\\]/g, (character) =>
        character === '\\' || character === quote ? `\\${character}` : character,
      );

function idOf(user: string, find: (name: string) => PlayerEntry | undefined): string {
  const id = find(user)?.id;
  if (id === undefined) throw new PinkyError('no_such_player', `${JSON.stringify(user)} is not connected`);
  return String(id);
}

/** Refuses an order whose text would become a second line. Throws `bad_text`. */
export function assertOrder(order: Order): void {
  if ('message' in order) assertOneLine(`${order.type}: message`, order.message);
  if ('user' in order) assertOneLine(`${order.type}: user`, order.user);
}
