import type { CpuUse, PublishedSigns, QuerySign } from '@pinky/protocol';

/** The signs of a hang, as they are now. */
export interface HangSigns {
  /** How long the console has been silent, milliseconds. */
  readonly silentMs: number;
  readonly query: QuerySign;
  readonly cpu: CpuUse;
}

/** The same as events have them. */
export const published = ({ silentMs, query, cpu }: HangSigns): PublishedSigns =>
  ({ silent_ms: Math.round(silentMs), query, cpu });

/** The silences that count, milliseconds. */
export interface HangRules {
  /** This silence is enough by itself. Undefined: none is. */
  readonly aloneMs: number | undefined;
  /** From this silence on, the other signs count. */
  readonly jointMs: number;
}

/**
 * `lives`: nothing speaks for a hang, or something against it. `doubtful`: one sign beside the silence, which is worth
 * a warning and no more. `hung`: all three signs. `silent`: too silent, where the funpack says that this is enough.
 */
export type HangVerdict = 'lives' | 'doubtful' | 'hung' | 'silent';

/** Below this share of a processor a game counts as still, and from this one on as spinning. */
const stillShare = 0.01;
const spinningShare = 0.9;

/** `share`: of one processor; undefined if nobody counts it. `mostShare`: as much as the game may use. */
export function cpuUseOf(share: number | undefined, mostShare = 1): CpuUse {
  if (share === undefined) return 'unknown';
  if (share < stillShare) return 'still';
  return share >= spinningShare * Math.min(1, mostShare) ? 'spinning' : 'usual';
}

/**
 * Judges a game that is up. A line on its console or an answer by its own protocol shows that it lives, whatever else
 * it does. A failed query alone decides nothing, and neither does a processor that is idle or busy.
 */
export function verdictOf({ silentMs, query, cpu }: HangSigns, { aloneMs, jointMs }: HangRules): HangVerdict {
  if (query === 'answers') return 'lives';
  if (aloneMs !== undefined && silentMs >= aloneMs) return 'silent';
  if (silentMs < jointMs) return 'lives';
  const isOdd = cpu === 'still' || cpu === 'spinning';
  if (query === 'missed') return isOdd ? 'hung' : 'doubtful';
  return cpu === 'spinning' ? 'doubtful' : 'lives'; // an idle game without players is silent and still
}

/** The signs in words, after `it`. */
export function signsInWords({ silentMs, query, cpu }: HangSigns): string {
  const queries = { answers: 'answers its queries', missed: 'answers no query', unknown: undefined }[query];
  const use = {
    still: 'uses no processor',
    usual: 'uses the processor as others do',
    spinning: 'uses a whole processor',
    unknown: undefined,
  }[cpu];
  const seconds = Math.round(silentMs / 100) / 10;
  const words = [`has been silent for ${seconds} s`, queries, use].filter((each) => each !== undefined);
  return words.length === 1 ? String(words[0]) : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
