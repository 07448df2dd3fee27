/** The orders that a funpack may offer. `stop` is none of them: it is a dialogue. */
export const orderNames = ['say', 'tell', 'kick', 'list'] as const;
export type OrderName = (typeof orderNames)[number];

/**
 * How a game reads the text of an order. `style`: how a quote is written inside quotes (default `none`: it cannot be).
 * `forbid`: characters that cannot be said at all; without it, those of `defaultForbid`. `replace`: the text that
 * stands for a forbidden character of a message; without it, such a message is refused. `names`: a regular expression;
 * names that it does not match as a whole cannot be said.
 */
export interface Escape {
  readonly style?: 'backslash' | 'double' | 'none';
  readonly forbid?: string;
  readonly replace?: string;
  readonly names?: string;
}

/**
 * The characters that begin a new command, or a quote, or stand for something else, in a game that we know: `;` in the
 * families of Quake and Source and in Teeworlds, `|` in games of the Unreal engine, `$` in DarkPlaces and Quake II, and
 * the backtick and the rest in games whose console is a shell.
 */
export const defaultForbid = '"\'`\\;|$';

/**
 * How the game shows that it has done an order: by a line that matches `pattern`, or by `event`, about the same player.
 * A line that matches `reject` says that it has not. The patterns may hold `{user}`, `{id}` and `{message}`.
 */
export interface Confirmation {
  readonly pattern?: string;
  readonly event?: string;
  readonly reject?: string;
  /** Default 2 000. */
  readonly timeoutMs?: number;
}

/**
 * The words that the game reads for an order: one line, or several; in the long form, also how it reads and answers
 * them.
 */
export interface OrderTemplate {
  /** Without it, the order has the form of `orders`. */
  readonly send?: string | readonly string[];
  readonly escape?: Escape;
  readonly confirm?: Confirmation;
}

export type Template = string | readonly string[] | OrderTemplate;

/** The template in its long form. */
export const longForm = (template: Template | undefined): OrderTemplate =>
  typeof template === 'object' && 'length' in template
    ? { send: template }
    : typeof template === 'string' ? { send: template } : (template ?? {});

/** The form of orders without a template: a line of words, or one JSON object a line. */
export type OrderForm = 'text' | 'json';

/** A port of this machine: a number, or a text that becomes one, such as `{settings.rconPort}`. */
interface Address {
  readonly port: number | string;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

/** One step of a login: something to send, or something to wait for, which must come. */
export type LoginStep = { readonly send: string } | { readonly waitFor: string; readonly timeoutMs?: number };

/** The RCON protocol of Source games, which Minecraft, Factorio, ARK and others speak too. */
export interface RconWay extends Address {
  readonly via: 'rcon';
  readonly password: string;
}

/** A console on a TCP port. `lineEnd` ends each line; default a newline. */
export interface TelnetWay extends Address {
  readonly via: 'telnet';
  readonly login?: readonly LoginStep[];
  readonly lineEnd?: string;
}

/** A FIFO in `working/`, which Pinky makes and the game reads. */
export interface FifoWay {
  readonly via: 'fifo';
  readonly path: string;
  readonly form?: OrderForm;
}

/** The funpack's program bin/order. No funpack.json says so: it is there or not. */
export interface ProgramWay {
  readonly via: 'program';
}

/** How orders reach a game that does not read its stdin. */
export type OrderWay = RconWay | TelnetWay | FifoWay | ProgramWay;

/** The manifest's field `orders`. */
export type Orders = OrderForm | OrderWay;

/** The way of orders. Undefined: stdin. */
export const orderWay = (orders: Orders | undefined): OrderWay | undefined =>
  typeof orders === 'object' ? orders : undefined;

/** The form of orders without a template. Undefined where the game knows only what the templates say. */
export function orderForm(orders: Orders | undefined): OrderForm | undefined {
  if (typeof orders !== 'object') return orders ?? 'text';
  if (orders.via === 'program') return 'json';
  return orders.via === 'fifo' ? (orders.form ?? 'text') : undefined;
}
