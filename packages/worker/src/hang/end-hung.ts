import type { GameRun } from '../run/game-run.js';
import { signsInWords, type HangSigns, type HangVerdict } from './hang-verdict.js';

export interface HungEnd {
  readonly signs: HangSigns;
  readonly verdict: HangVerdict;
  /** Aborts once the game is watched no more: it has ended, or this worker leaves. */
  readonly signal: AbortSignal;
  /** Whether it is still to be ended: somebody may have begun to stop it meanwhile. */
  readonly mayEnd: () => boolean;
}

/**
 * Ends a game that hangs, so that it is launched again as after a crash. First all that tells why it hangs is written
 * down: what the kernel knows of its threads, then what the game says of itself, where its funpack knows how to ask.
 */
export async function endHung(run: GameRun, { signs, verdict, signal, mayEnd }: HungEnd): Promise<void> {
  const { silentMs, query, cpu } = signs;
  const because = verdict === 'silent' && query === 'unknown'
    ? `had been silent for ${Math.round(silentMs / 100) / 10} s`
    : signsInWords(signs).replace(/^has/, 'had');
  run.runLog.note('silent', {
    how: because,
    signs: { silent_ms: Math.round(silentMs), query, cpu },
    threads: run.vitals?.threads?.() ?? [],
    last_lines: run.runLog.lastLines.all,
  });
  run.endsFor(`it ${because}`);
  await run.dialogues.askForStacks(signal);
  if (!signal.aborted && mayEnd()) run.endFor(`it ${because}`);
}
