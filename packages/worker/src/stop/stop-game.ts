import { signalName } from '@pinky/funpack-runner/light';
import type { Clock, FunpackManifest, LadderRung, Logger } from '@pinky/protocol';
import type { Game } from '../machine/machine.js';
import { answersMs, runDialogue, type DialoguePartner } from './dialogue.js';

/** The ladder for a game whose funpack names none (docs/states.md). QUIT makes a JVM print its threads. */
const defaultLadder: readonly LadderRung[] = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
];
/** How long a game may take after its stop command before the ladder begins, milliseconds. */
const defaultStopTimeoutMs = 30_000;
/** Between QUIT and KILL, where the game is to be killed: a JVM prints its threads meanwhile. Milliseconds. */
const killAfterMs = 200;
/** After KILL only a process in uninterruptible sleep is left. It is not waited for longer than this, milliseconds. */
const killWaitMs = 10_000;

/**
 * `graceful`: the stop dialogue, if the game has been ready, then every rung. `immediate`: the ladder from QUIT on
 * (docs/signals.md). `kill`: QUIT and KILL at once.
 */
export type StopMode = 'graceful' | 'immediate' | 'kill';

export interface StopOrder extends DialoguePartner {
  readonly game: Pick<Game, 'signal' | 'killRemains'>;
  /**
   * Whether the game has said that it is ready. A game that is still loading hears no orders, and has nothing to save.
   */
  readonly isReady: boolean;
  readonly manifest: FunpackManifest;
  readonly clock: Clock;
  readonly log: Logger;
  /** Settles when the game has ended. */
  readonly exited: Promise<unknown>;
  /** Aborted by a second, harder order, which cuts the dialogue short. */
  readonly hurry: AbortSignal;
  /** Aborted by an order to kill the game, which cuts every wait short but the last. */
  readonly force?: AbortSignal;
  readonly mode: StopMode;
  /** Hears which signal comes next, and after how long, for those who ask. */
  readonly onWait: (signal: NodeJS.Signals, ms: number) => void;
}

/** The thing that a game was asked with: `command` for its stop dialogue, or the name of a signal. */
export type StopStep = 'command' | NodeJS.Signals;

/**
 * Ends a game: with its stop dialogue, then rung by rung. Returns when its whole process group is gone, with the last
 * step that was taken.
 */
export async function stopGame(order: StopOrder): Promise<StopStep | undefined> {
  const ended = new AbortController();
  const exited = order.exited.then(() => ended.abort());
  const cut = AbortSignal.any([ended.signal, order.hurry]);
  const isAsked = order.mode === 'graceful' && order.isReady && !order.hurry.aborted;
  if (isAsked) await speak(order, cut);
  const signal = await climb(order, ended.signal);
  if (ended.signal.aborted) await exited;
  order.game.killRemains();
  return signal ?? (isAsked ? 'command' : undefined);
}

/** Answers the last signal that was sent. */
async function climb(order: StopOrder, ended: AbortSignal): Promise<NodeJS.Signals | undefined> {
  const all = rungs(order);
  let sent: NodeJS.Signals | undefined;
  for (const [index, rung] of all.entries()) {
    if (ended.aborted) return sent;
    const isLast = index === all.length - 1;
    if (!isLast && isTooSoft(rung, order)) continue;
    order.log.info({ event: 'game.signal', signal: rung.signal });
    sent = signalName(rung.signal);
    order.game.signal(sent);
    const next = all[index + 1];
    const waitMs = !isLast && isKilling(order) ? killAfterMs : rung.waitMs;
    if (next) order.onWait(signalName(next.signal), waitMs);
    await order.clock.rest(waitMs, isLast ? ended : AbortSignal.any([ended, ...cutsOf(order)]));
  }
  return sent;
}

const isKilling = ({ mode, force }: StopOrder): boolean => mode === 'kill' || force?.aborted === true;

/** The harder orders that have not come yet: each of them cuts the wait for a rung short. */
const cutsOf = ({ hurry, force }: StopOrder): AbortSignal[] =>
  [hurry, ...(force ? [force] : [])].filter(({ aborted }) => !aborted);

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

/** KILL is always the last rung, and there is only one. */
function rungs({ manifest }: StopOrder): LadderRung[] {
  const ladder = manifest.ladder ?? defaultLadder;
  return [
    ...ladder.filter(({ signal }) => signalName(signal) !== 'SIGKILL'),
    { signal: 'SIGKILL', waitMs: killWaitMs },
  ];
}

/** An immediate stop begins at QUIT and passes over the rungs before it. */
function isTooSoft(rung: LadderRung, order: StopOrder): boolean {
  if (order.mode === 'graceful' && !order.hurry.aborted) return false;
  const all = rungs(order).map(({ signal }) => signalName(signal));
  const quit = all.indexOf('SIGQUIT');
  return quit >= 0 && all.indexOf(signalName(rung.signal)) < quit;
}
