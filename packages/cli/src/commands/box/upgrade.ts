import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { guardOwnPorts, loadConfig, reloadConfig } from '@pinky/box/config';
import {
  assertHomePlaces,
  assertServersOurs,
  pinkyVersion,
  prepareHome,
  writeEffectiveConfig,
} from '@pinky/box/home';
import { installedPrograms } from '@pinky/box/programs';
import { asPinkyError, boxPaths, findEffectiveConfig, PinkyError, type BoxConfig } from '@pinky/protocol';
import { textFlag, type Context, type Flags } from '../../command-line/context.js';
import { assertNameOurs, claimBoxName } from '../../talk/box-name.js';
import { askForTree, type SupervisorView } from '../../talk/supervisor.js';
import {
  environmentOf,
  hasArrived,
  isSameGame,
  isSameUser,
  serversOf,
  type FoundServer,
} from '../../upgrade/predecessor.js';
import { serversOnDisk } from '../../observe/disk.js';
import { renewalText, renewUnits, type Renewal } from '../../upgrade/renew-units.js';
import { replaceChildren, untilTree } from '../../upgrade/replace-children.js';
import { restartUnit, unitOf, type ServiceUnit } from '../../upgrade/service.js';
import { Steps } from '../../upgrade/steps.js';
import { askToLeave } from './down.js';
import { exitOf, runsOn, startSupervisor, untilAnswers } from './start-box.js';

/** How long workers may take to come to the new supervisor, in milliseconds. They reconnect within half a second. */
const arrivalMs = 15_000;

/**
 * `pinky upgrade`: the version of this command takes over a running box. The old supervisor detaches, the new one
 * adopts what runs, and USR1 replaces queue and workers one by one. No game stops. Units that `pinky install` wrote
 * start this version from now on.
 */
export async function upgrade(context: Context, _args: readonly string[], flags: Flags): Promise<void> {
  const { home, out, clock } = context;
  const old = await askForTree(home);
  const config = findEffectiveConfig(home);
  const found = serversOf(old, config ? serversOnDisk(config) : []);
  if (config) await assertNameOurs(config);
  const service = unitOf(old.pid);
  if (service) assertUnitStarts(old, config);
  const renew = () => renewUnits({ home, dir: textFlag(flags, 'to'), service });
  const steps = new Steps(out, clock);
  const before = service && (await renew()); // systemd must know the new programs before it restarts
  const tree = service ? await restartService(context, service, steps) : await takeOver(context, old, steps);
  const arrived = await untilTree(context, arrivalMs, ({ children }) =>
    found.every((server) => hasArrived(server, children)),
  );
  const workers = (arrived ?? tree).children.filter(({ role }) => role === 'worker');
  steps.end(`${counted(workers.length, 'worker')} came to it`);
  await replaceChildren(context, arrived ?? tree, found, steps);
  report(context, {
    old,
    tree,
    found,
    steps,
    units: before ?? (await renew()),
  });
}

interface Upgraded {
  readonly old: SupervisorView;
  readonly tree: SupervisorView;
  readonly found: readonly FoundServer[];
  readonly steps: Steps;
  readonly units: readonly Renewal[];
}

function report({ home, out }: Context, { old, tree, found, steps, units }: Upgraded): void {
  const games = found
    .filter((server) => server.game)
    .map((server) => ({ serverId: server.serverId, pid: server.game?.pid, isSame: isSameGame(server) }));
  const ended = games.filter((game) => !game.isSame).map((game) => game.serverId);
  const answer = {
    home,
    from: old.version,
    to: tree.version,
    pid: tree.pid,
    steps: steps.done,
    games,
    units,
  };
  out.answer(answer, () => [
    `box ${tree.box} runs version ` +
      `${tree.version}${old.version === tree.version ? ', as before' : `; it was ${old.version}`}; ` +
      `${counted(games.length - ended.length, 'game')} played on`,
    ...units
      .filter(({ outcome }) => outcome !== 'current')
      .map((unit) => out.paint(unit.outcome === 'rewritten' ? 'good' : 'busy', out.advice(renewalText(unit)))),
    ...(ended.length > 0
      ? [out.paint('bad', `ended meanwhile; these say why: ${ended.map((id) => `\`pinky explain ${id}\``).join(', ')}`)]
      : []),
  ]);
}

/** For a box that was started by hand. */
async function takeOver(context: Context, old: SupervisorView, steps: Steps): Promise<SupervisorView> {
  const { home } = context;
  const env = environmentOf(old.pid);
  const { config, kept } = reloadConfig({ home, env }); // a mistake in pinky.yml ends it here, with nothing changed
  assertBuilt();
  prepareHome(config); // before anything leaves: games would be without a supervisor
  for (const option of kept)
    context.out.note(`\`${option}\` stays what the box runs with; the next \`pinky up\` applies the new value`);
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
  let supervisor: ChildProcess | undefined;
  try {
    guardOwnPorts(config);
    await claimBoxName(context, config, 'inherit'); // a version that wrote no owner ran in this home
    writeEffectiveConfig(config);
    supervisor = startSupervisor(config, env);
    const gone = exitOf(supervisor);
    supervisor.unref();
    return await untilAnswers(context, config, gone);
  } catch (cause) {
    const { code, message, remedy } = asPinkyError(cause);
    const state = supervisor && runsOn(supervisor)
      ? 'has taken over, and is not all up yet; it goes on trying, and games and workers run on'
      : 'did not start; games and workers run on without a supervisor, and `pinky up --daemonize` of either version ' +
        'takes them over';
    throw new PinkyError(code, `version ${pinkyVersion()} ${state}. ${message}`, { cause, remedy });
  }
}

/**
 * Throws what `pinky up --prepare` of the unit would throw once the old supervisor has left. The variables of another
 * user's supervisor are closed to us, so there the configuration so far is looked at.
 */
function assertUnitStarts({ pid }: SupervisorView, old: BoxConfig | undefined): void {
  if (!old) return;
  const { home, configFile } = old;
  const ownFile = configFile === boxPaths(home).config ? undefined : configFile;
  const config = isSameUser(pid) ? loadConfig({ home, env: environmentOf(pid), configFile: ownFile }) : old;
  assertHomePlaces(config);
  assertServersOurs(config);
}

/** For a box that systemd runs: systemd restarts it. */
async function restartService(context: Context, service: ServiceUnit, steps: Steps): Promise<SupervisorView> {
  await restartUnit(service);
  const tree = await askForTree(context.home);
  steps.end(`systemd has restarted ${service.name}: the new supervisor is pid ${tree.pid}`);
  if (tree.version === pinkyVersion()) return tree;
  throw new PinkyError(
    'bad_option',
    `${service.name} starts version ${tree.version}, and this is ${pinkyVersion()}: run \`pinky install --systemd\` ` +
      'of this version first. No game was stopped',
  );
}

/** Throws `missing_program` if this version is not built, before the old one is asked to leave. */
function assertBuilt(): void {
  const { worker, queue } = installedPrograms();
  const missing = [worker, queue].find((file) => !existsSync(file));
  if (missing === undefined) return;
  throw new PinkyError(
    'missing_program',
    `${missing} does not exist: this version is not built (\`npm run build\`). Nothing was changed`,
  );
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
