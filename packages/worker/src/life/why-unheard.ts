import type { UnmatchedRule } from '@pinky/funpack-runner/light';
import { PinkyError } from '@pinky/protocol';
import { describeExit, type ExitStatus } from '../launch/exit-status.js';

/** The error of a start whose game has ended for good, as `onExit` says. */
export const endedItself = (serverId: string, status: ExitStatus): PinkyError =>
  new PinkyError(
    'fatal_error',
    `server ${serverId}: the game ${describeExit(status)} before it was ready, and onExit says to leave it at that`,
  );

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
