import type { GameRun } from '../run/game-run.js';
import { published, signsInWords, type HangSigns, type HangVerdict } from './hang-verdict.js';

export interface HungEnd {
  readonly signs: HangSigns;
  readonly verdict: HangVerdict;
  /** The silence that was enough by itself, milliseconds, if there is one. */
  readonly aloneMs: number | undefined;
  /** Aborts once the game is watched no more: it has ended, or this worker leaves. */
  readonly signal: AbortSignal;
  /** Whether it is still to be ended: somebody may have begun to stop it meanwhile. */
  readonly mayEnd: () => boolean;
}

/**
 * Ends a game that hangs, so that it is launched again as after a crash. First all that tells why it hangs is written
 * down: what the kernel knows of its threads, then what the game says of itself, where its funpack knows how to ask.
 */
export async function endHung(run: GameRun, end: HungEnd): Promise<void> {
  const { signs, signal, mayEnd } = end;
  const because = causeOf(end);
  run.runLog.note('silent', {
    how: because,
    signs: published(signs),
    threads: run.vitals?.threads?.() ?? [],
    last_lines: run.runLog.lastLines.all,
  });
  run.endsFor(`it ${because}`);
  await run.dialogues.askForStacks(signal);
  if (!signal.aborted && mayEnd()) run.endFor(`it ${because}`);
}

/** Where silence alone was enough, its length is that of the funpack, as people know it. */
const causeOf = ({ signs, verdict, aloneMs = 0 }: HungEnd): string =>
  (verdict === 'silent' && signs.query === 'unknown'
    ? `had been silent for ${aloneMs / 1_000} s`
    : signsInWords(signs).replace(/^has/, 'had'));
