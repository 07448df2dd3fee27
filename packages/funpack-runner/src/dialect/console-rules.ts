import type { ConsoleRule, FunpackManifest } from '@pinky/protocol';
import { CountedPattern, hasLengths, type CountedMatch } from '../counted/counted-pattern.js';
import { encodingOf, utf8, type Encoding } from './encoding.js';
import { looksForEscapes, withoutEscapes } from './escape-sequences.js';
import { eventTypeOf, learning } from './event-names.js';
import { gameEvent, isFaulty, splitNames, type Said } from './game-event.js';

interface CompiledRule {
  readonly place: number;
  readonly pattern: RegExp;
  /** Matches a line, by the lengths that stand in it. Undefined: by the pattern. */
  readonly counted: CountedPattern | undefined;
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
    const encoding = encodingOf(manifest.encoding) ?? utf8;
    this.#rules = rules.map((rule, place) => compiled(rule, place, encoding));
  }

  /** The line without escape sequences, and without the parts that `strip` removes. */
  clean(line: string): string {
    const stripped = this.#stripped(line);
    const plain = this.#keepsEscapes ? stripped : withoutEscapes(stripped);
    return plain === stripped ? plain : this.#stripped(plain);
  }

  /**
   * `names` find the player of a number, for rules that capture `id` but no `user`, and the other way round. `more`: a
   * field goes on in the next line, unless `isWhole` says that none comes.
   */
  read(line: string, names: Names, isWhole = false): Said | 'more' {
    for (const rule of this.#rules) {
      const groups = groupsOf(rule, line);
      if (groups === 'more' && !isWhole) return groups;
      if (groups === undefined || groups === 'more') continue;
      return rule.event === learning ? learn(groups, names) : toEvent(rule, groups, names);
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

function groupsOf({ pattern, counted }: CompiledRule, line: string): CountedMatch {
  if (counted) return counted.exec(line);
  const match = pattern.exec(line);
  return match ? { ...match.groups } : undefined;
}

/** Such a line makes no event. */
function learn({ user, id }: Readonly<Record<string, string | undefined>>, names: Names): undefined {
  if (user !== undefined && user !== '' && id !== undefined && id !== '') names.learn({ name: user, id });
}

/** A funpack that looks for escape sequences gets them, unless it says otherwise. */
const keepsEscapes = ({ ansi, console: rules = [] }: FunpackManifest): boolean =>
  ansi === undefined ? rules.some(({ pattern }) => looksForEscapes(pattern)) : ansi === 'keep';

const isStart = ({ event }: CompiledRule): boolean => eventTypeOf(event) === 'started';

const compiled = (
  { pattern, event, fields = {}, separator, lengths = 'bytes' }: ConsoleRule,
  place: number,
  encoding: Encoding,
): CompiledRule => ({
  place,
  pattern: new RegExp(pattern),
  counted: hasLengths(pattern) ? new CountedPattern(pattern, lengths, encoding) : undefined,
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
