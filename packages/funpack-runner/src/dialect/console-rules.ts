import type { FunpackManifest } from '@pinky/protocol';
import { gameEvent, isFaulty, splitNames, type Said } from './game-event.js';

interface CompiledRule {
  readonly pattern: RegExp;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly separator: RegExp | undefined;
}

/** Reads the console in the declarative form: the first rule whose pattern matches makes the event. */
export class ConsoleRules {
  readonly #rules: readonly CompiledRule[];
  readonly #strip: RegExp | undefined;

  constructor(manifest: FunpackManifest) {
    this.#strip = manifest.strip === undefined ? undefined : new RegExp(manifest.strip, 'g');
    this.#rules = (manifest.console ?? []).map((rule) => ({
      pattern: new RegExp(rule.pattern),
      event: rule.event,
      fields: rule.fields ?? {},
      separator: rule.separator === undefined ? undefined : new RegExp(rule.separator),
    }));
  }

  /** The line without the parts that `strip` removes. */
  clean(line: string): string {
    return this.#strip ? line.replace(this.#strip, '') : line;
  }

  /** `nameOf` finds the player of a number, for rules that capture `id` but no `user`. */
  read(line: string, nameOf: (id: string) => string | undefined): Said {
    for (const rule of this.#rules) {
      const match = rule.pattern.exec(line);
      if (match) return toEvent(rule, match.groups ?? {}, nameOf);
    }
    return undefined;
  }
}

function toEvent(
  rule: CompiledRule,
  groups: Readonly<Record<string, string | undefined>>,
  nameOf: (id: string) => string | undefined,
): Said {
  const fields: Record<string, unknown> = { ...rule.fields };
  for (const [name, value] of Object.entries(groups)) if (value !== undefined) fields[name] = value;
  if (typeof fields['players'] === 'string') fields['players'] = splitNames(fields['players'], rule.separator);
  const isNumbered = fields['user'] === undefined && typeof fields['id'] === 'string';
  if (isNumbered) fields['user'] = nameOf(String(fields['id']));
  const said = gameEvent(rule.event, fields);
  // a number of nobody who is connected is no fault of the funpack
  return isNumbered && said && isFaulty(said) ? undefined : said;
}
