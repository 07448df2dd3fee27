import type { ShutdownMode } from '@pinky/box';
import { asPinkyError, PinkyError, type Clock } from '@pinky/protocol';
import { identify, isAlive, type ProcessIdentity } from '@pinky/supervisor/identity';
import { isSet, type Context, type Flags } from '../../command-line/context.js';
import { viewBox } from '../../observe/box-view.js';
import { isSupervisorStarting } from '../../observe/processes.js';
import { askForTree, askSupervisor, type SeenChild, type SupervisorView } from '../../talk/supervisor.js';
import { currentConfig } from '../../command-line/current-config.js';
import { endWithoutSupervisor } from './down-alone.js';
import { knownUnsaved, newlyUnsaved } from '../../known/unsaved-worlds.js';

/** More than stopping all games with their backups may take, in milliseconds. A `stop` has 20 minutes. */
const downTimeoutMs = 30 * 60_000;
const askMs = 5000;
const lookAgainMs = 200;
/** How long a supervisor that was just started may take to answer, in milliseconds. */
const startMs = 30_000;

/**
 * `pinky down`: asks the supervisor to end, and returns when it is gone. Names every server whose final backup failed,
 * and exits with 1 if there is one.
 */
export async function down(context: Context, _args: readonly string[], flags: Flags): Promise<number> {
  const mode: ShutdownMode = isSet(flags, 'detach') ? 'detach' : isSet(flags, 'now') ? 'immediate' : 'drain';
  const tree = await treeOrNothing(context);
  if (!tree) return withoutSupervisor(context, mode);
  const config = await currentConfig(context);
  const before = knownUnsaved(config);
  await askToLeave(context, tree, mode);
  if (mode !== 'detach') (await import('@pinky/box/config')).unguardOwnPorts(config);
  const failed = mode === 'detach' ? [] : newlyUnsaved(config, before);
  const left =
    mode === 'detach'
      ? tree.children.filter((child) => child.role === 'worker' && (!child.status || child.status.pid !== undefined))
          .length
      : 0;
  context.out.answer({ home: context.home, mode, running: left, ...(failed.length > 0 && { failed }) }, () => [
    context.out.advice(
      mode === 'detach'
        ? `box ${tree.box} is detached; ${left} ${left === 1 ? 'server runs' : 'servers run'} on; the next \`pinky ` +
          `up\` takes over`
        : `box ${tree.box} is down`,
    ),
    ...failed.map(({ serverId, because, path }) => context.out.paint(
      'bad',
      `${serverId} has no final backup: ${context.out.foreign(because)}; its world is in ${path}`,
    )),
  ]);
  return failed.length > 0 ? 1 : 0;
}

/** Asks a supervisor to leave, and returns when it is gone. */
export async function askToLeave(context: Context, { pid }: SupervisorView, mode: ShutdownMode): Promise<void> {
  const supervisor = identify(pid);
  await askSupervisor(context.home, 'shutdown', { mode }, { deadlineMs: askMs }).catch((error: unknown) => {
    // It may be gone before its answer is sent.
    if (asPinkyError(error).code !== 'connection_lost') throw error;
  });
  if (supervisor) await untilGone(context, supervisor, mode);
}

/** A supervisor that has just been started is waited for: it would start everything after we had found nothing. */
async function treeOrNothing({ home, clock, signal }: Context): Promise<SupervisorView | undefined> {
  const giveUpAt = clock.now() + startMs;
  for (let isStarting = false; ; await clock.sleep(lookAgainMs / 4, signal)) {
    try {
      return await askForTree(home);
    } catch (error) {
      const { code } = asPinkyError(error);
      const isAway = code === 'supervisor_unreachable';
      if (isAway) isStarting = isSupervisorStarting(home);
      const waits = isStarting && (isAway || code === 'socket_gone') && clock.now() < giveUpAt;
      if (!waits && !isAway) throw error;
      if (!waits) return undefined;
    }
  }
}

/** Without a supervisor there is nothing to stop, unless it died and games still run. */
async function withoutSupervisor(context: Context, mode: ShutdownMode): Promise<number> {
  const { home, out } = context;
  const running = await runningServers(context);
  if (running.length === 0) {
    out.answer({ home, already: true, running: 0 }, () => ['the box was down already']);
    return 0;
  }
  if (mode === 'detach') {
    out.answer({ home, mode, already: true, running: running.length }, () => [
      `no supervisor runs already; ${running.length === 1 ? '1 server runs' : `${running.length} servers run`} on`,
    ]);
    return 0;
  }
  const signal = mode === 'immediate' ? 'SIGQUIT' : 'SIGTERM';
  await endWithoutSupervisor(context, signal, { servers: running, withinMs: downTimeoutMs });
  const left = await runningServers(context);
  if (left.length > 0) throw withoutWorker(home, left);
  out.answer({ home, mode, running: 0 }, () => ['the box is down']);
  return 0;
}

async function runningServers(context: Context): Promise<string[]> {
  const view = await viewBox(context.home, await currentConfig(context));
  return view.servers.filter(({ pid, worker }) => pid !== undefined || worker).map(({ serverId }) => serverId);
}

const withoutWorker = (home: string, servers: string[]): PinkyError =>
  new PinkyError(
    'supervisor_unreachable',
    `no supervisor runs in ${home}, and no worker could be started for these servers: ${servers.join(', ')}; ` +
      'log/workers.log of the home may say why',
    { details: { servers } },
  );

async function untilGone(context: Context, supervisor: ProcessIdentity, mode: ShutdownMode): Promise<void> {
  const { clock, signal } = context;
  const giveUpAt = clock.now() + downTimeoutMs;
  const display = waitingDisplay(context, mode);
  try {
    while (isAlive(supervisor)) {
      if (clock.now() > giveUpAt) {
        throw new PinkyError(
          'deadline_exceeded',
          `the supervisor (pid ${supervisor.pid}) still runs after ${downTimeoutMs / 60_000} minutes`,
        );
      }
      display.show(await askForTree(context.home, 1000).catch(() => undefined));
      await soonOrGone(clock, supervisor, signal);
    }
  } finally {
    display.clear();
    if (signal.aborted && isAlive(supervisor)) {
      context.out.note(
        `the box goes on ${mode === 'detach' ? 'detaching' : 'stopping'}; \`pinky ps --watch\` shows its progress`,
      );
    }
  }
}

async function soonOrGone(clock: Clock, supervisor: ProcessIdentity, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < lookAgainMs && isAlive(supervisor); waited += 20) await clock.sleep(20, signal);
}

/** Shows what we wait for: one line, redrawn on a terminal. Elsewhere a new line at each change. */
function waitingDisplay(
  { out }: Context,
  mode: ShutdownMode,
): { show: (tree: SupervisorView | undefined) => void; clear: () => void } {
  let last = '';
  const isLive = out.showsProgress;
  return {
    show: (tree) => {
      const text = tree ? `waiting for ${awaited(tree, mode)}` : last;
      if (text === last || out.isJson) return;
      last = text;
      if (isLive)
        out.streams.stderr.write(`\r\u001b[2K${out.foreign(text).slice(0, (out.streams.stdout.columns ?? 80) - 1)}`);
      else out.note(text);
    },
    clear: () => {
      if (isLive && last !== '') out.streams.stderr.write('\r\u001b[2K');
    },
  };
}

/** The servers, as long as there are any; then what is left. A detach waits only for the commands of the queue. */
function awaited(tree: SupervisorView, mode: ShutdownMode): string {
  if (mode === 'detach') return 'the queue to finish its commands';
  const workers = tree.children.filter((child) => child.role === 'worker');
  return (workers.length > 0 ? workers : tree.children).map(describe).join(', ') || 'the supervisor';
}

const describe = (child: SeenChild): string => {
  if (child.role !== 'worker') return child.role;
  const state = child.status?.isBackingUp ? 'backing up' : (child.status?.state ?? child.state ?? 'running');
  return `${child.serverId} (${state})`;
};
