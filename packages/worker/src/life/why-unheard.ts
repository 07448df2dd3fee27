import type { UnmatchedRule } from '@pinky/funpack-runner/light';

/** Says which rules of `started` no line has matched, and which one would have without its escape sequences. */
export function whyUnheard(rules: readonly UnmatchedRule[]): string {
  const sentences = rules.map(({ rule, pattern, withoutEscapes }) => {
    const near = withoutEscapes === undefined
      ? ''
      : `; without escape sequences, ${JSON.stringify(withoutEscapes)} would have: leave out "ansi": "keep", or name ` +
        'the sequences in the pattern';
    return `no line matched console[${rule}] ${pattern}${near}`;
  });
  return sentences.length === 0 ? '' : `: ${sentences.join('; ')}`;
}
