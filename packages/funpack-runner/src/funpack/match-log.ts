import { stripVTControlCharacters } from 'node:util';
import type { FunpackManifest } from '@pinky/protocol';
import { CountedPattern, hasLengths } from '../counted/counted-pattern.js';
import { encodingOf, utf8 } from '../dialect/encoding.js';

/** A line of a log that a rule of `console` matched. */
export interface MatchedLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** The number of the rule, from 0. */
  readonly rule: number;
  readonly event: string;
  /** The named groups. */
  readonly fields: Readonly<Record<string, string>>;
}

/** One rule, and how often it matched. */
export interface RuleCount {
  readonly rule: number;
  readonly event: string;
  readonly pattern: string;
  readonly count: number;
  /** How often an earlier rule took a line that this one matches too. */
  readonly hidden: number;
}

/**
 * Reads a game's output, line by line, by the rules of `console`. The first rule that matches takes the line. Escape
 * sequences of terminals, and what `strip` matches, are removed first.
 */
export class LogMatcher {
  readonly #patterns: readonly (RegExp | CountedPattern)[];
  readonly #strip: RegExp | undefined;
  readonly #counts: { count: number; hidden: number }[];
  #lines = 0;

  constructor(private readonly manifest: Pick<FunpackManifest, 'console' | 'strip' | 'encoding'>) {
    const rules = manifest.console ?? [];
    const encoding = encodingOf(manifest.encoding) ?? utf8;
    this.#patterns = rules.map(({ pattern, lengths = 'bytes' }) =>
      (hasLengths(pattern) ? new CountedPattern(pattern, lengths, encoding) : new RegExp(pattern)));
    this.#strip = manifest.strip === undefined ? undefined : new RegExp(manifest.strip, 'g');
    this.#counts = rules.map(() => ({ count: 0, hidden: 0 }));
  }

  get lines(): number {
    return this.#lines;
  }

  /** Undefined if no rule matches the line. */
  read(raw: string): MatchedLine | undefined {
    this.#lines += 1;
    const plain = stripVTControlCharacters(raw.replace(/\r$/, ''));
    const text = this.#strip ? plain.replace(this.#strip, '') : plain;
    let taken: MatchedLine | undefined;
    for (const [rule, pattern] of this.#patterns.entries()) {
      const groups = groupsOf(pattern, text);
      const counts = this.#counts[rule];
      if (!groups || !counts) continue;
      if (taken) counts.hidden += 1;
      else counts.count += 1;
      taken ??= { line: this.#lines, text, rule, event: this.#eventOf(rule), fields: groups };
    }
    return taken;
  }

  /** Every rule, in their order. */
  counts(): readonly RuleCount[] {
    return (this.manifest.console ?? []).map(({ pattern, event }, rule) => ({
      rule,
      event,
      pattern,
      count: this.#counts[rule]?.count ?? 0,
      hidden: this.#counts[rule]?.hidden ?? 0,
    }));
  }

  #eventOf(rule: number): string {
    return this.manifest.console?.[rule]?.event ?? '';
  }
}

/** The groups of a line. A field that goes on in the next line is shown as far as it goes. */
function groupsOf(pattern: RegExp | CountedPattern, text: string): Record<string, string> | undefined {
  const found = pattern.exec(text);
  if (found === null || found === undefined) return undefined;
  if (found === 'more') return { goes_on: 'in the next line' };
  const groups = Array.isArray(found) ? found.groups : found;
  return { ...(groups as Record<string, string> | undefined) }; // of those that took part
}
