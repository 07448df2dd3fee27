import type { ConsoleRule, FunpackManifest } from '@pinky/protocol';
import { looksForEscapes, withoutEscapes } from './escape-sequences.js';
import { eventTypeOf, learning } from './event-names.js';
import { gameEvent, isFaulty, splitNames, type Said } from './game-event.js';

interface CompiledRule {
  readonly place: number;
  readonly pattern: RegExp;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly separator: RegExp | undefined;
}

/** The names and numbers of players, as far as they are known. */
export interface Names {
  nameOf(id: string): string | undefined;
  idOf(name: unknown): string | undefined;
  learn(player: { readonly name: string; readonly id: string }): void;
}

/** Why a rule of `started` has not made the event. */
export interface UnmatchedRule {
  /** Its place in `console`, from 0. */
  readonly rule: number;
  readonly pattern: string;
  /** The first line that would have matched without its escape sequences, if there was one. */
  readonly withoutEscapes?: string;
}

/** Reads the console in the declarative form: the first rule whose pattern matches makes the event. */
export class ConsoleRules {
  readonly #rules: readonly CompiledRule[];
  readonly #strip: RegExp | undefined;
  readonly #keepsEscapes: boolean;
  /** Lines that a rule of `started` would have matched, by its place. */
  readonly #near = new Map<number, string>();

  constructor(manifest: FunpackManifest) {
    const { strip, console: rules = [] } = manifest;
    this.#strip = strip === undefined ? undefined : new RegExp(strip, 'g');
    this.#keepsEscapes = keepsEscapes(manifest);
    this.#rules = rules.map(compiled);
  }

  /** The line without escape sequences, and without the parts that `strip` removes. */
  clean(line: string): string {
    const stripped = this.#stripped(line);
    const plain = this.#keepsEscapes ? stripped : withoutEscapes(stripped);
    return plain === stripped ? plain : this.#stripped(plain);
  }

  /** `names` find the player of a number, for rules that capture `id` but no `user`, and the other way round. */
  read(line: string, names: Names): Said {
    for (const rule of this.#rules) {
      const match = rule.pattern.exec(line);
      if (match && rule.event === learning) return learn(match.groups ?? {}, names);
      if (match) return toEvent(rule, match.groups ?? {}, names);
    }
    if (this.#keepsEscapes) this.#noteNear(line);
    return undefined;
  }

  /** The rules of `started`, of a game that has not started. */
  get unmatched(): readonly UnmatchedRule[] {
    return this.#rules.filter(isStart).map(({ place, pattern }) => {
      const near = this.#near.get(place);
      return { rule: place, pattern: pattern.source, ...(near !== undefined && { withoutEscapes: near }) };
    });
  }

  #stripped(line: string): string {
    return this.#strip ? line.replace(this.#strip, '') : line;
  }

  #noteNear(line: string): void {
    const plain = this.#stripped(withoutEscapes(line));
    if (plain === line) return;
    for (const rule of this.#rules.filter(isStart)) {
      if (!this.#near.has(rule.place) && rule.pattern.test(plain)) this.#near.set(rule.place, plain.slice(0, 300));
    }
  }
}

/** Such a line makes no event. */
function learn({ user, id }: Readonly<Record<string, string | undefined>>, names: Names): undefined {
  if (user !== undefined && user !== '' && id !== undefined && id !== '') names.learn({ name: user, id });
}

/** A funpack that looks for escape sequences gets them, unless it says otherwise. */
const keepsEscapes = ({ ansi, console: rules = [] }: FunpackManifest): boolean =>
  ansi === undefined ? rules.some(({ pattern }) => looksForEscapes(pattern)) : ansi === 'keep';

const isStart = ({ event }: CompiledRule): boolean => eventTypeOf(event) === 'started';

const compiled = ({ pattern, event, fields = {}, separator }: ConsoleRule, place: number): CompiledRule => ({
  place,
  pattern: new RegExp(pattern),
  event,
  fields,
  separator: separator === undefined ? undefined : new RegExp(separator),
});

function toEvent(
  rule: CompiledRule,
  groups: Readonly<Record<string, string | undefined>>,
  names: Names,
): Said {
  const fields: Record<string, unknown> = { ...rule.fields };
  for (const [name, value] of Object.entries(groups)) if (value !== undefined) fields[name] = value;
  if (typeof fields['players'] === 'string') fields['players'] = splitNames(fields['players'], rule.separator);
  const isNumbered = fields['user'] === undefined && typeof fields['id'] === 'string';
  if (isNumbered) fields['user'] = names.nameOf(String(fields['id']));
  const id = fields['id'] === undefined ? names.idOf(fields['user']) : undefined;
  if (id !== undefined && eventTypeOf(rule.event) === 'player_connected') fields['id'] = id;
  const said = gameEvent(rule.event, fields);
  // a number of nobody who is connected is no fault of the funpack
  return isNumbered && said && isFaulty(said) ? undefined : said;
}
