import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  assertKnownSettings,
  checkSettings,
  findFunpack,
  isBootstrapped,
  isInstalled,
  nameOfFound,
  prepare,
  prepareTimeoutMs,
  readFunpack,
  runTask,
  type FoundFunpack,
  type Funpack,
  type LaunchContext,
} from '@pinky/funpack-runner/light';
import { endHooks, inHooks, underGuise } from '../launch/hooks.js';
import type { Confinement } from '../launch/confinement.js';
import { bootstrapGuise, isolate, showDatafile, writeView } from '../launch/isolate.js';
import {
  assertRoom,
  installedPaths,
  Mask,
  noMask,
  secretValues,
  type ProgressListener,
  type StartOrder,
  type StartPhase,
} from '@pinky/protocol';
import type { ServerPorts } from '../ports/server-ports.js';
import type { ServerRecord } from '../record/server-record.js';
import { bringWorld } from './bring-world.js';
import { runnerOptions, sourceContext, type PreparationInput } from './preparation-input.js';

export interface Prepared {
  readonly funpack: Funpack;
  readonly context: LaunchContext;
}

export type Prepare = (input: PreparationInput) => Promise<Prepared>;

/**
 * Does everything before the launch: funpack, world, bin/bootstrap once per box, the install script once per server,
 * configuration, bin/prepare. Heavy work runs in a funpack-runner, and only if it has not been done yet. Each step may
 * be done again after a death.
 */
export async function prepareServer(input: PreparationInput): Promise<Prepared> {
  let mask = noMask; // until the funpack says what is secret
  const onFunpack: PreparationInput['onFunpack'] = (funpack, context) => {
    mask = new Mask(secretValues(context.settings, funpack.manifest.schema));
    input.onFunpack(funpack, context);
  };
  const onLine = (line: string): void => input.onLine(mask.text(line));
  try {
    return await prepared({ ...input, onFunpack, onLine });
  } catch (error) {
    throw input.signal.aborted ? error : mask.error(error);
  } finally {
    endHooks(input.files, input.confinement); // whether it was prepared, failed or was cancelled
  }
}

async function prepared(given: PreparationInput): Promise<Prepared> {
  const isInPlace = given.hasWorld && given.parking.isInPlace;
  if (!isInPlace) assertStartFits(given);
  const funpack = await fetchFunpack(inPhase(given, 'funpack'));
  const input = { ...given, confinement: given.confine(funpack) };
  assertKnownSettings(funpack.manifest, givenSettings(input.start));
  const context = launchContext({ ...input, ...input.takePorts(funpack) }, funpack);
  input.onFunpack(funpack, context);
  if (!isInPlace) await bringWorld(inPhase(input, 'world'), funpack);
  mkdirSync(context.workingDir, { recursive: true, mode: 0o700 });
  await install(input, funpack, context); // before its files are given to the game's own user
  const isolation = input.confinement?.isolation;
  await isolate({ ...input, isolation }, funpack);
  await bootstrap(inPhase(input, 'bootstrap'), funpack, context);
  writeView({ ...input, isolation }, funpack, context);
  await runPrepare(inPhase(input, 'prepare'), funpack, context, isolation);
  input.signal.throwIfAborted();
  return { funpack, context };
}

async function runPrepare(
  input: PreparationInput,
  funpack: Funpack,
  context: LaunchContext,
  isolation: Confinement['isolation'],
): Promise<void> {
  if (funpack.has.prepare) input.onProgram({ name: 'bin/prepare', limitMs: prepareTimeoutMs });
  await prepare(funpack, context, {
    timeoutMs: prepareTimeoutMs,
    signal: input.signal,
    onLine: input.onLine,
    onWritten: () => showDatafile({ ...input, isolation }),
  });
  if (funpack.has.prepare) input.onProgram(undefined);
}

/** The settings that somebody gave with this start. */
export const givenSettings = ({ given = [], settings }: StartOrder): Record<string, unknown> =>
  Object.fromEntries(given.map((name) => [name, settings[name]]));

/** Whether it was prepared for another `working/`: the home was moved or copied since. */
export const isPreparedElsewhere = (
  { preparedIn }: Pick<ServerRecord, 'preparedIn'>,
  { workingDir }: LaunchContext,
): boolean => preparedIn !== undefined && preparedIn !== workingDir;

/** The input of a launch. A worker that takes over a running server works it out again. */
export function launchContext(
  input: Pick<PreparationInput, 'config' | 'files' | 'start' | 'confinement'> &
    Partial<ServerPorts> & Pick<ServerPorts, 'port'>,
  funpack: Funpack,
): LaunchContext {
  const { files, start, port, ports, confinement } = input;
  const under = underGuise(files, confinement);
  return {
    serverId: start.serverId,
    port,
    ...(ports && { ports }),
    ram: start.ram,
    settings: checkSettings(funpack.manifest, start.settings),
    workingDir: files.paths.working,
    sharedDir: join(files.box.shared, funpack.digest),
    datafile: files.paths.datafile,
    home: files.paths.working,
    ...(under.length > 0 && { under }),
  };
}

/** A server whose world is in place goes on with what it has. */
const assertStartFits = ({ config, start: { serverId } }: PreparationInput): void =>
  assertRoom({ what: `the start of ${serverId}`, dir: config.servers }, config.disk?.reserve);

async function fetchFunpack(input: PreparationInput): Promise<Funpack> {
  const context = sourceContext(input);
  const source = input.start.funpack;
  const found = findFunpack(source, context) ?? (await fetched(input));
  return readFunpack(found.dir, found.digest, nameOfFound(source, found, context.cacheDir));
}

function fetched(input: PreparationInput): Promise<FoundFunpack> {
  const { config, files, start: { funpack: source } } = input;
  assertRoom({ what: `the funpack ${source.url}`, dir: files.box.home }, config.disk?.reserve);
  return runTask({ type: 'fetch', source, ...sourceContext(input), limits: config.archives }, runnerOptions(input));
}

async function bootstrap(input: PreparationInput, funpack: Funpack, context: LaunchContext): Promise<void> {
  const { sharedDir, home } = context;
  if (isBootstrapped(sharedDir)) return;
  if (!funpack.has.bootstrap) {
    mkdirSync(sharedDir, { recursive: true });
    return;
  }
  const guise = bootstrapGuise({ ...input, isolation: input.confinement?.isolation }, funpack, context);
  const under = [...inHooks(input.files, input.confinement), ...guise.under];
  input.onProgram({ name: 'bin/bootstrap' });
  await runTask(
    {
      type: 'bootstrap',
      ...(under.length > 0 && { under }),
      ...(guise.owner && { owner: guise.owner }),
      funpackDir: funpack.dir,
      digest: funpack.digest,
      sharedDir,
      home,
    },
    runnerOptions(input),
  );
  input.onProgram(undefined);
}

/** Puts the files into `working/` that the funpack's install script brings. The script itself runs only once. */
async function install(input: PreparationInput, funpack: Funpack, context: LaunchContext): Promise<void> {
  const { config, onInstall } = input;
  if (!funpack.manifest.install) return;
  const paths = installedPaths(config.servers, context.serverId);
  if (isInstalled(paths, funpack.digest, context.workingDir)) return;
  onInstall(paths.log);
  await runTask(
    {
      type: 'install',
      funpackDir: funpack.dir,
      digest: funpack.digest,
      context,
      servers: config.servers,
      hidden: [config.home, config.servers, config.backups],
      ...(config.disk && { reserve: config.disk.reserve }),
    },
    runnerOptions(inPhase(input, 'install')),
  );
  onInstall(undefined);
}

/** Tells that a step of the start begins, and answers the input whose progress belongs to it. */
function inPhase(input: PreparationInput, phase: StartPhase): PreparationInput {
  const onProgress: ProgressListener = (progress) => input.onProgress({ ...progress, phase });
  onProgress({ label: phase, done: 0 });
  return { ...input, onProgress };
}
