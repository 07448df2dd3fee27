import type { UnmatchedRule } from '@pinky/funpack-runner/light';
import { PinkyError } from '@pinky/protocol';
import type { GameServer } from './game-server.js';
import { defaultStartTimeoutMs } from './watchdog.js';
import { describeExit, type ExitStatus } from '../launch/exit-status.js';

/** The error of a start whose game has ended for good, as `onExit` says. */
export const endedItself = (serverId: string, status: ExitStatus): PinkyError =>
  new PinkyError(
    'fatal_error',
    `server ${serverId}: the game ${describeExit(status)} before it was ready, and onExit says to leave it at that`,
  );

/** Why a server goes down whose game has ended by itself. */
export const endedBecause = (status: ExitStatus, hadAnnounced: boolean): string =>
  (hadAnnounced && status.code === 0
    ? 'the game stopped by itself, as it had announced'
    : `the game ${describeExit(status)}, and onExit says to leave it at that`);

/** The error of a start whose game has not said in time that it is ready. */
export function notReady({ serverId, funpack, runs }: GameServer): PinkyError {
  const { unmatched = [], secrets } = runs.current?.talk ?? {};
  const seconds = (funpack?.manifest.startTimeoutMs ?? defaultStartTimeoutMs) / 1_000;
  const said = `the game did not say that it is ready within ${seconds} s${whyUnheard(unmatched)}`;
  return new PinkyError('start_timeout', `server ${serverId}: ${secrets?.mask.text(said) ?? said}`);
}

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
