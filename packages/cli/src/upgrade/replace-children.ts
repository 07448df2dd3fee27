import { PinkyError } from '@pinky/protocol';
import { identify, signalProcess } from '@pinky/supervisor/identity';
import type { Context } from '../command-line/context.js';
import { askForTree, type SupervisorView } from '../talk/supervisor.js';
import { isReplaced, isSameGame, type FoundServer } from './predecessor.js';
import type { Steps } from './steps.js';

/** How long the replacement may take in milliseconds: for itself, and for each worker. */
const replacementMs = { itself: 30_000, each: 20_000 } as const;
const lookMs = 50;

/** Sends USR1 to the new supervisor, and waits until queue and workers are new. Throws `deadline_exceeded`. */
export async function replaceChildren(
  context: Context,
  tree: SupervisorView,
  found: readonly FoundServer[],
  steps: Steps,
): Promise<void> {
  const supervisor = identify(tree.pid);
  const queuePid = queueOf(tree);
  if (!supervisor || !signalProcess(supervisor, 'SIGUSR1')) {
    throw new PinkyError(
      'supervisor_unreachable',
      `the new supervisor (pid ${tree.pid}) has ended; games keep running`,
    );
  }
  const waiting = new Set(found);
  const isOver = (now: SupervisorView): boolean => {
    for (const server of [...waiting].filter((one) => isReplaced(one, now.children))) {
      waiting.delete(server);
      steps.end(replacedText(server, now));
    }
    return waiting.size === 0 && queueOf(now) !== undefined && queueOf(now) !== queuePid;
  };
  if (await untilTree(context, replacementMs.itself + replacementMs.each * found.length, isOver)) {
    return steps.end('queue and workers are new');
  }
  const names =
    waiting.size > 0 ? `the workers of ${[...waiting].map((server) => server.serverId).join(', ')}` : 'the queue';
  throw new PinkyError(
    'deadline_exceeded',
    `${names} were not replaced in time; games keep running, and the log of the supervisor says what it waits for`,
  );
}

/** How it stands with a server that waits for no new worker any more. */
export function replacedText(server: FoundServer, { children }: Pick<SupervisorView, 'children'>): string {
  const { serverId, workerPid, game } = server;
  const pid = children.find((child) => child.serverId === serverId)?.pid;
  if (pid === undefined && game && isSameGame(server)) {
    return `${serverId} has no worker yet, its game (pid ${game.pid}) runs on`;
  }
  if (pid === undefined) return `${serverId} was stopped meanwhile`;
  return `${serverId}: worker ${workerPid ?? '(none)'} → ` +
    `${pid}${game === undefined ? '' : `, its game (pid ${game.pid}) runs on`}`;
}

const queueOf = ({ children }: SupervisorView): number | undefined =>
  children.find((child) => child.role === 'queue')?.pid;

/** Asks the supervisor again and again until `isSo`. Undefined if the time is over first. */
export async function untilTree(
  { home, clock, signal }: Context,
  timeoutMs: number,
  isSo: (tree: SupervisorView) => boolean,
): Promise<SupervisorView | undefined> {
  const giveUpAt = clock.now() + timeoutMs;
  while (clock.now() < giveUpAt) {
    const tree = await askForTree(home).catch(() => undefined); // busy; we ask again
    if (tree && isSo(tree)) return tree;
    await clock.sleep(lookMs, signal);
  }
  return undefined;
}
