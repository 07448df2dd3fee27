import type { FunpackManifest } from '@pinky/protocol';
import { CountedPattern, hasLengths } from '../counted/counted-pattern.js';
import { ConsoleRules } from '../dialect/console-rules.js';
import { encodingOf, utf8, type Encoding } from '../dialect/encoding.js';
import { fromJson, fromPairs, isFaulty } from '../dialect/game-event.js';
import { readsEventLines } from '../dialect/spoken-manifest.js';
import { isPlaceholder } from './placeholder-names.js';

/** A line of a log that makes an event: by a rule of `console`, or by itself. */
export interface MatchedLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** The number of the rule, from 0. Absent: the line is an event as it stands, in JSON or pairs. */
  readonly rule?: number;
  readonly event: string;
  /** The named groups, or the fields that the line has. */
  readonly fields: Readonly<Record<string, unknown>>;
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
 * sequences of terminals, and what `strip` matches, are removed first, as a worker does.
 */
export class LogMatcher {
  readonly #patterns: readonly (RegExp | CountedPattern)[];
  readonly #cleaner: ConsoleRules;
  readonly #encoding: Encoding;
  readonly #readsEventLines: boolean;
  readonly #counts: { count: number; hidden: number }[];
  #lines = 0;

  constructor(private readonly manifest: FunpackManifest) {
    const rules = manifest.console ?? [];
    this.#encoding = encodingOf(manifest.encoding) ?? utf8;
    this.#readsEventLines = readsEventLines(manifest);
    const { strip } = manifest;
    this.#cleaner = new ConsoleRules({ ...manifest, ...(strip !== undefined && { strip: forAnyRun(strip) }) });
    this.#patterns = rules.map(({ pattern, lengths = 'bytes' }) => {
      const open = forAnyRun(pattern);
      return hasLengths(open) ? new CountedPattern(open, lengths, this.#encoding) : new RegExp(open);
    });
    this.#counts = rules.map(() => ({ count: 0, hidden: 0 }));
  }

  get lines(): number {
    return this.#lines;
  }

  /** Reads a line as the game wrote it, without its end. Undefined if it makes no event. */
  read(raw: Buffer): MatchedLine | undefined {
    this.#lines += 1;
    const text = this.#cleaner.clean(this.#encoding.decode(raw)).replace(/\r$/, '');
    const own = this.#readsEventLines ? (fromJson(text.trim()) ?? fromPairs(text.trim())) : undefined;
    if (own && !isFaulty(own)) {
      const { type: event, ...fields } = own;
      return { line: this.#lines, text, event, fields };
    }
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

/**
 * The pattern with open places for its placeholders: a log is of some run, and its ports and settings are in no file of
 * the funpack.
 */
const forAnyRun = (pattern: string): string =>
  pattern.replace(/\{([A-Za-z]+(?:\.[\w-]+)?)\}/g, (whole, name: string) => {
    if (!isPlaceholder(name)) return whole;
    return /^(?:port|ports\..*|ram\..*)$/.test(name) ? '(?:\\d+)' : '(?:.*?)';
  });

/** The groups of a line. A field that goes on in the next line is shown as far as it goes. */
function groupsOf(pattern: RegExp | CountedPattern, text: string): Record<string, string> | undefined {
  const found = pattern.exec(text);
  if (found === null || found === undefined) return undefined;
  if (found === 'more') return { goes_on: 'in the next line' };
  const groups = Array.isArray(found) ? found.groups : found;
  return { ...(groups as Record<string, string> | undefined) }; // of those that took part
}
