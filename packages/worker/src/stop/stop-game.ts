import type { Clock, FunpackManifest, LadderRung, Logger } from '@pinky/protocol';
import type { Game } from '../machine/machine.js';
import { answersMs, runDialogue, type DialoguePartner } from './dialogue.js';
import { signalName } from './signal-name.js';

/** The ladder towards a game whose funpack names none (docs/states.md). QUIT makes a JVM print its threads. */
export const defaultLadder: readonly LadderRung[] = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
];
/** What a game may take after its stop command before the ladder begins, milliseconds. */
export const defaultStopTimeoutMs = 30_000;
/** After KILL only a process in uninterruptible sleep is left; it is not waited for longer than this. Milliseconds. */
const killWaitMs = 10_000;

/**
 * `graceful`: the stop dialogue, if the game has been ready for one, then every rung. `immediate`: the ladder from QUIT
 * on (docs/signals.md).
 */
export type StopMode = 'graceful' | 'immediate';

export interface StopOrder extends DialoguePartner {
  readonly game: Pick<Game, 'signal' | 'killRemains'>;
  /** Whether it has said that it is ready: a game that is still loading hears no orders, and has nothing to save. */
  readonly isReady: boolean;
  readonly manifest: FunpackManifest;
  readonly clock: Clock;
  readonly log: Logger;
  /** Settles when the game has ended. */
  readonly exited: Promise<unknown>;
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
  await climb(order, ended.signal);
  if (ended.signal.aborted) await exited;
  order.game.killRemains();
}

async function climb(order: StopOrder, ended: AbortSignal): Promise<void> {
  const all = rungs(order);
  for (const [index, rung] of all.entries()) {
    if (ended.aborted) return;
    const isLast = index === all.length - 1;
    if (!isLast && isTooSoft(rung, order)) continue;
    order.log.info({ event: 'game.signal', signal: rung.signal });
    order.game.signal(signalName(rung.signal));
    const next = all[index + 1];
    if (next) order.onWait(signalName(next.signal), rung.waitMs);
    const isHurried = isLast || order.hurry.aborted;
    await order.clock.rest(rung.waitMs, isHurried ? ended : AbortSignal.any([ended, order.hurry]));
  }
}

async function speak(order: StopOrder, signal: AbortSignal): Promise<void> {
  const dialogue = order.manifest.stop ?? [{ send: 'stop' }];
  const stopTimeoutMs = order.manifest.stopTimeoutMs ?? defaultStopTimeoutMs;
  const [first = { signal: 'SIGKILL' }] = rungs(order);
  const mostMs = answersMs(dialogue);
  order.onWait(signalName(first.signal), mostMs + stopTimeoutMs);
  await runDialogue(dialogue, order, signal);
  if (mostMs > 0) order.onWait(signalName(first.signal), stopTimeoutMs);
  await order.clock.rest(stopTimeoutMs, signal);
}

/** KILL is the last rung, and the only one of its kind. */
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
