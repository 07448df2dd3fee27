import { signalName } from '@pinky/funpack-runner/light';
import type { DialogueStep } from '@pinky/protocol';
import type { Game } from '../machine/machine.js';

/** How long a line is waited for if the funpack does not say, milliseconds. */
const defaultWaitForMs = 30_000;

export interface DialoguePartner {
  readonly game: Pick<Game, 'signal'>;
  readonly say: (line: string) => void;
  /** True at a console line that matches, false after the time. */
  readonly waitForLine: (pattern: RegExp, timeoutMs: number, signal: AbortSignal) => Promise<boolean>;
}

/**
 * Runs a dialogue with a living game, such as the save before a backup. Throws nothing: a line that nobody hears is no
 * failure.
 */
export async function runDialogue(
  steps: readonly DialogueStep[],
  partner: DialoguePartner,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (signal.aborted) return;
    if ('send' in step) {
      // The answer may come at once: listen before speaking.
      const next = steps[index + 1];
      const heard = next && 'waitFor' in next ? waitFor(next, partner, signal) : undefined;
      partner.say(step.send);
      await heard;
    } else if ('signal' in step) {
      partner.game.signal(signalName(step.signal));
    } else if (!('send' in (steps[index - 1] ?? {}))) {
      await waitFor(step, partner, signal);
    }
  }
}

/** How long the answers of a dialogue may take, milliseconds. */
export const answersMs = (steps: readonly DialogueStep[]): number =>
  steps.reduce((sum, step) => sum + ('waitFor' in step ? (step.timeoutMs ?? defaultWaitForMs) : 0), 0);

const waitFor = (
  { waitFor: line, timeoutMs = defaultWaitForMs }: Extract<DialogueStep, { readonly waitFor: string }>,
  partner: DialoguePartner,
  signal: AbortSignal,
): Promise<boolean> => partner.waitForLine(new RegExp(line), timeoutMs, signal);
