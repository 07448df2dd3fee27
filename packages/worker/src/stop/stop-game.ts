import type { Clock, DialogueStep, FunpackManifest, LadderRung, Logger } from '@pinky/protocol';
import type { GameProcess } from '../launch/game-process.js';

/** The ladder towards a game where its funpack names none (DESIGN §4): QUIT makes a JVM print its threads. */
export const defaultLadder: readonly LadderRung[] = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
];
/** What a game may take after its stop command before the ladder begins (seed 000). Milliseconds. */
export const defaultStopTimeoutMs = 30_000;
/** After KILL only a process in uninterruptible sleep is left; it is not waited for longer than this. Milliseconds. */
const killWaitMs = 10_000;
const defaultWaitForMs = 30_000;

/**
 * `graceful`: the stop dialogue, if the game has been ready for one, then every rung. `immediate`: the ladder from QUIT
 * on (DESIGN §6).
 */
export type StopMode = 'graceful' | 'immediate';

export interface StopOrder {
  readonly game: GameProcess;
  /** Whether it has said that it is ready: a game that is still loading hears no orders, and has nothing to save. */
  readonly isReady: boolean;
  readonly manifest: FunpackManifest;
  readonly clock: Clock;
  readonly log: Logger;
  /** Settles when the game has ended. */
  readonly exited: Promise<unknown>;
  readonly say: (line: string) => void;
  /** Resolves true at a console line that matches, false after the time. */
  readonly waitForLine: (pattern: RegExp, timeoutMs: number, signal: AbortSignal) => Promise<boolean>;
  /** Aborted by a second, harder order: the dialogue is cut short. */
  readonly hurry: AbortSignal;
  readonly mode: StopMode;
  /** Hears which signal comes next, and after how long: for those who ask. */
  readonly onWait: (signal: NodeJS.Signals, ms: number) => void;
}

/** Ends a game: its stop dialogue, then rung by rung until its whole process group is gone. Returns when it is. */
export async function stopGame(order: StopOrder): Promise<void> {
  const ended = new AbortController();
  const exited = order.exited.then(() => ended.abort());
  const cut = AbortSignal.any([ended.signal, order.hurry]);
  if (order.mode === 'graceful' && order.isReady && !order.hurry.aborted) await speak(order, cut);
  const all = rungs(order);
  for (const [index, rung] of all.entries()) {
    if (ended.signal.aborted) break;
    if (rung.signal !== 'SIGKILL' && isTooSoft(rung, order)) continue;
    order.log.info({ event: 'game.signal', signal: rung.signal });
    order.game.signal(signalName(rung.signal));
    const next = all[index + 1];
    if (next) order.onWait(signalName(next.signal), rung.waitMs);
    await wait(
      order.clock,
      rung.waitMs,
      rung.signal === 'SIGKILL'
        ? ended.signal
        : AbortSignal.any([ended.signal, ...(order.hurry.aborted ? [] : [order.hurry])]),
    );
  }
  if (ended.signal.aborted) await exited;
  order.game.killRemains();
}

/**
 * Runs a dialogue with a living game, such as the save before a backup. Throws nothing: an unheard line is no failure.
 */
export async function runDialogue(
  steps: readonly DialogueStep[],
  order: Pick<StopOrder, 'say' | 'waitForLine' | 'game'>,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (signal.aborted) return;
    if ('send' in step) {
      // The answer may come at once: listen before speaking.
      const next = steps[index + 1];
      const heard =
        next && 'waitFor' in next
          ? order.waitForLine(new RegExp(next.waitFor), next.timeoutMs ?? defaultWaitForMs, signal)
          : undefined;
      order.say(step.send);
      await heard;
    } else if ('signal' in step) {
      order.game.signal(signalName(step.signal));
    } else if (!('send' in (steps[index - 1] ?? {}))) {
      await order.waitForLine(new RegExp(step.waitFor), step.timeoutMs ?? defaultWaitForMs, signal);
    }
  }
}

async function speak(order: StopOrder, signal: AbortSignal): Promise<void> {
  const dialogue = order.manifest.stop ?? [{ send: 'stop' }];
  const stopTimeoutMs = order.manifest.stopTimeoutMs ?? defaultStopTimeoutMs;
  const [first = { signal: 'SIGKILL' }] = rungs(order);
  const answersMs = dialogue.reduce(
    (sum, step) => sum + ('waitFor' in step ? (step.timeoutMs ?? defaultWaitForMs) : 0),
    0,
  );
  order.onWait(signalName(first.signal), answersMs + stopTimeoutMs);
  await runDialogue(dialogue, order, signal);
  if (answersMs > 0) order.onWait(signalName(first.signal), stopTimeoutMs);
  await wait(order.clock, stopTimeoutMs, signal);
}

function rungs({ manifest }: StopOrder): LadderRung[] {
  const ladder = manifest.ladder ?? defaultLadder;
  return [
    ...ladder.filter(({ signal }) => signalName(signal) !== 'SIGKILL'),
    { signal: 'SIGKILL', waitMs: killWaitMs },
  ];
}

/** An immediate stop begins at QUIT; what stands before it in the ladder is passed over. */
function isTooSoft(rung: LadderRung, order: StopOrder): boolean {
  if (order.mode === 'graceful' && !order.hurry.aborted) return false;
  const all = rungs(order).map(({ signal }) => signalName(signal));
  const quit = all.indexOf('SIGQUIT');
  return quit >= 0 && all.indexOf(signalName(rung.signal)) < quit;
}

/** A manifest may leave the `SIG` away; it has been checked when it was read. */
const signalName = (name: string): NodeJS.Signals => (name.startsWith('SIG') ? name : `SIG${name}`) as NodeJS.Signals;

async function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await clock.rest(ms, signal); // aborted: the wait is over early
}
