import { existsSync } from 'node:fs';
import { asPinkyError, PinkyError, type BoxConfig } from '@pinky/protocol';
import { identify, signalProcess } from '@pinky/supervisor/identity';
import type { Context } from '../command-line/context.js';
import { reloadConfig } from '../config/box-config.js';
import { prepareHome, writeEffectiveConfig } from '../config/effective.js';
import { askForTree, type SupervisorView } from '../talk/supervisor.js';
import {
  environmentOf,
  hasArrived,
  isReplaced,
  isSameGame,
  serversOf,
  type FoundServer,
} from '../upgrade/predecessor.js';
import { restartUnit, unitOf, type ServiceUnit } from '../upgrade/service.js';
import { Steps } from '../upgrade/steps.js';
import { pinkyVersion } from '../version.js';
import { askToLeave } from './down.js';
import { exitOf, startSupervisor, untilAnswers } from './start-box.js';

/** How long workers may take to come to the new supervisor: they reconnect within half a second. Milliseconds. */
const arrivalMs = 15_000;
/** How long the replacement may take: for itself, and for each worker. Milliseconds. */
const replacementMs = { itself: 30_000, each: 20_000 } as const;
const lookMs = 50;

/**
 * `pinky upgrade`: the version that this command is of takes over a running box. The old supervisor detaches, the new
 * one adopts what runs, and by USR1 queue and workers are replaced one by one. No game stops.
 */
export async function upgrade(context: Context): Promise<void> {
  const { home, out, clock } = context;
  const old = await askForTree(home);
  const found = serversOf(old);
  const unit = unitOf(old.pid);
  const steps = new Steps(out, clock);
  const tree = unit ? await restartService(context, unit, steps) : await takeOver(context, old, steps);
  const arrived = await untilTrue(context, arrivalMs, ({ children }) =>
    found.every((server) => hasArrived(server, children)),
  );
  steps.end(`${counted(serversOf(arrived ?? tree).length, 'worker')} came to it`);
  await replaceChildren(context, arrived ?? tree, found, steps);
  const games = found
    .filter((server) => server.game)
    .map((server) => ({ serverId: server.serverId, pid: server.game?.pid, isSame: isSameGame(server) }));
  const ended = games.filter((game) => !game.isSame).map((game) => game.serverId);
  out.answer(
    {
      home,
      from: old.version,
      to: tree.version,
      pid: tree.pid,
      steps: steps.done,
      games,
    },
    () => [
      `box ${tree.box} runs version ` +
        `${tree.version}${old.version === tree.version ? ', as before' : `; it was ${old.version}`}; ` +
        `${counted(games.length - ended.length, 'game')} played on`,
      ...(ended.length > 0
        ? [out.paint('bad', `ended meanwhile: ${ended.join(', ')}; \`pinky explain <id>\` says why`)]
        : []),
    ],
  );
}

/** A box that was started by hand. */
async function takeOver(context: Context, old: SupervisorView, steps: Steps): Promise<SupervisorView> {
  const { home } = context;
  const env = environmentOf(old.pid);
  const { config, kept } = reloadConfig({ home, env }); // a mistake in pinky.yml ends it here, with nothing changed
  await checkPrograms();
  for (const option of kept)
    context.out.note(`\`${option}\` stays what the box runs with; a new value holds from the next \`pinky up\` on`);
  steps.end(`checked: version ${pinkyVersion()} takes over from ${old.version}`);
  await askToLeave(context, old, 'detach');
  steps.end(
    `the old supervisor (pid ${old.pid}) has left; ` +
      `${counted(old.children.filter((child) => child.role === 'worker').length, 'server')} and their workers run on`,
  );
  const tree = await startSuccessor(context, config, env);
  steps.end(`the new supervisor (pid ${tree.pid}) and a new queue answer`);
  return tree;
}

async function startSuccessor(context: Context, config: BoxConfig, env: NodeJS.ProcessEnv): Promise<SupervisorView> {
  prepareHome(config);
  writeEffectiveConfig(config);
  const supervisor = startSupervisor(config, env);
  const gone = exitOf(supervisor);
  supervisor.unref();
  try {
    return await untilAnswers(context, config, gone);
  } catch (cause) {
    const { code, message } = asPinkyError(cause);
    throw new PinkyError(
      code,
      `version ${pinkyVersion()} did not come up; games and workers run on without a supervisor, and \`pinky up ` +
        `--daemonize\` of either version takes them over. ${message}`,
      { cause },
    );
  }
}

/** A box that systemd runs: it is systemd's to start again. */
async function restartService(context: Context, unit: ServiceUnit, steps: Steps): Promise<SupervisorView> {
  const { home } = context;
  await restartUnit(unit);
  const tree = await askForTree(home);
  steps.end(`systemd has restarted ${unit.name}: the new supervisor is pid ${tree.pid}`);
  if (tree.version === pinkyVersion()) return tree;
  throw new PinkyError(
    'bad_option',
    `${unit.name} starts version ${tree.version}, and this is ${pinkyVersion()}: run \`pinky install --systemd\` of ` +
      'this version first. No game was stopped',
  );
}

/** Whether this version is whole: the old one is not asked to leave for one that cannot run. */
async function checkPrograms(): Promise<void> {
  const { realPrograms } = await import('../box/run-main.js');
  const { worker, queue } = realPrograms();
  const missing = [worker, queue].find((file) => !existsSync(file));
  if (missing !== undefined) {
    throw new PinkyError(
      'missing_program',
      `${missing} is not there: this version is not built (\`npm run build\`). Nothing was changed`,
    );
  }
}

/** USR1, and then until nobody of the old version is left. */
async function replaceChildren(
  context: Context,
  tree: SupervisorView,
  found: readonly FoundServer[],
  steps: Steps,
): Promise<void> {
  const supervisor = identify(tree.pid);
  const queuePid = queueOf(tree);
  if (!supervisor || !signalProcess(supervisor, 'SIGUSR1')) {
    throw new PinkyError('supervisor_unreachable', `the new supervisor (pid ${tree.pid}) is gone; games run on`);
  }
  const waiting = new Set(found);
  const isOver = (now: SupervisorView): boolean => {
    for (const server of [...waiting].filter((one) => isReplaced(one, now.children))) {
      waiting.delete(server);
      steps.end(replacedText(server, now));
    }
    return waiting.size === 0 && queueOf(now) !== undefined && queueOf(now) !== queuePid;
  };
  if (await untilTrue(context, replacementMs.itself + replacementMs.each * found.length, isOver)) {
    return steps.end('all of it is new');
  }
  const names =
    waiting.size > 0 ? `the workers of ${[...waiting].map((server) => server.serverId).join(', ')}` : 'the queue';
  throw new PinkyError(
    'deadline_exceeded',
    `${names} have not been replaced yet; games run on, and the supervisor's log says what it waits for`,
  );
}

function replacedText({ serverId, workerPid, game }: FoundServer, { children }: SupervisorView): string {
  const pid = children.find((child) => child.serverId === serverId)?.pid;
  if (pid === undefined) return `${serverId} was stopped meanwhile`;
  return `${serverId}: worker ${workerPid ?? '(none)'} → ` +
    `${pid}${game === undefined ? '' : `, its game (pid ${game.pid}) runs on`}`;
}

const queueOf = ({ children }: SupervisorView): number | undefined =>
  children.find((child) => child.role === 'queue')?.pid;

/** Looks until it is so; undefined where it is not so in time. A supervisor that is busy is asked again. */
async function untilTrue(
  { home, clock, signal }: Context,
  timeoutMs: number,
  isSo: (tree: SupervisorView) => boolean,
): Promise<SupervisorView | undefined> {
  const giveUpAt = clock.now() + timeoutMs;
  while (clock.now() < giveUpAt) {
    const tree = await askForTree(home).catch(() => undefined);
    if (tree && isSo(tree)) return tree;
    await clock.sleep(lookMs, signal);
  }
  return undefined;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
