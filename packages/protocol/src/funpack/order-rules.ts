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

/** What the game reads for an order: one line, or several; in the long form, also how it reads and answers them. */
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
