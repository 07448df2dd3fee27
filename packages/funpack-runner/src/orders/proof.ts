import type { Confirmation, GameEvent } from '@pinky/protocol';
import { eventTypeOf } from '../dialect/event-names.js';
import { filledPattern } from '../dialect/patterns.js';
import type { Order } from './order.js';
import { asText } from '../launch/filters.js';
import { templateOf, type Speaker } from './order-lines.js';

/** The word of a game on an order that it was given. */
export type Verdict = { readonly isDone: true } | { readonly isDone: false; readonly line: string };

/** How a game shows that it has done an order, or that it has not. */
export interface Proof {
  /** Judges a line of the console or of an answer, or an event that the line means. */
  readonly judge: (line: string, event: GameEvent | undefined) => Verdict | undefined;
  readonly timeoutMs: number;
}

/** How long a confirmation is waited for if the funpack does not say, and at most, milliseconds. */
const defaultTimeoutMs = 2_000;
const longestMs = 8_000;

/** The proof that the funpack declares for an order, if any. */
export function proofOf(order: Order, { manifest, players, placeholders }: Speaker): Proof | undefined {
  const { confirm } = templateOf(order, manifest);
  if (!confirm) return undefined;
  const texts: Readonly<Record<string, string | undefined>> = {
    message: 'message' in order ? order.message : '',
    user: 'user' in order ? order.user : '',
    value: 'setting' in order ? asText(order.value) : '',
    id: 'user' in order ? idText(players.find(({ name }) => name === order.user)?.id) : '',
  };
  const filled = (pattern: string): RegExp =>
    filledPattern(pattern, (name) => (Object.hasOwn(texts, name) ? texts[name] : placeholders(name)));
  const timeoutMs = Math.min(confirm.timeoutMs ?? defaultTimeoutMs, longestMs);
  return { judge: judgeOf(confirm, order, filled), timeoutMs };
}

const idText = (id: string | number | undefined): string => (id === undefined ? '' : String(id));

function judgeOf(confirm: Confirmation, order: Order, filled: (pattern: string) => RegExp): Proof['judge'] {
  const done = confirm.pattern === undefined ? undefined : filled(confirm.pattern);
  const reject = confirm.reject === undefined ? undefined : filled(confirm.reject);
  const type = confirm.event === undefined ? undefined : eventTypeOf(confirm.event);
  return (line, event) => {
    if (event) return event.type === type && isAbout(event, order) ? { isDone: true } : undefined;
    if (reject?.test(line)) return { isDone: false, line };
    return done?.test(line) ? { isDone: true } : undefined;
  };
}

const isAbout = (event: GameEvent, order: Order): boolean =>
  ('setting' in order ? event['setting'] === order.setting : !('user' in order) || event['user'] === order.user);
