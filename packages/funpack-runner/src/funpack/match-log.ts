import { stripVTControlCharacters } from 'node:util';
import type { FunpackManifest } from '@pinky/protocol';

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
  readonly #patterns: readonly RegExp[];
  readonly #strip: RegExp | undefined;
  readonly #counts: { count: number; hidden: number }[];
  #lines = 0;

  constructor(private readonly manifest: Pick<FunpackManifest, 'console' | 'strip'>) {
    const rules = manifest.console ?? [];
    this.#patterns = rules.map(({ pattern }) => new RegExp(pattern));
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
      const match = pattern.exec(text);
      const counts = this.#counts[rule];
      if (!match || !counts) continue;
      if (taken) counts.hidden += 1;
      else counts.count += 1;
      taken ??= { line: this.#lines, text, rule, event: this.#eventOf(rule), fields: { ...match.groups } };
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
