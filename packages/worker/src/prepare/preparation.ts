import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  assertKnownSettings,
  checkSettings,
  findFunpack,
  isBootstrapped,
  latestBackup,
  nameOfFound,
  prepare,
  readFunpack,
  removeTreeSync,
  runTask,
  type Funpack,
  type LaunchContext,
  type RunnerResults,
  type SourceContext,
} from '@pinky/funpack-runner/light';
import type { BoxConfig, ProgressListener, Source, StartOrder, StartPhase } from '@pinky/protocol';
import type { ServerFiles } from '../record/server-files.js';

export interface PreparationInput {
  readonly config: BoxConfig;
  readonly files: ServerFiles;
  readonly start: StartOrder;
  readonly port: number;
  /** The world is in place already: an earlier attempt restored it, or a final backup failed and the world was kept. */
  readonly hasWorld: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
  /** Takes a line that one of the funpack's programs printed. */
  readonly onLine: (line: string) => void;
  readonly onFunpack: (funpack: Funpack, context: LaunchContext) => void;
  /** Called once the world is in place, with where it came from. */
  readonly onWorld: (from: string | undefined, told?: RestoreNotes) => void;
}

/** Things that a restored world does not have any more: entries of unknown kinds, bits and attributes of rights. */
export type RestoreNotes = Omit<RunnerResults['restore'], 'files' | 'bytes'>;

export interface Prepared {
  readonly funpack: Funpack;
  readonly context: LaunchContext;
}

export type Prepare = (input: PreparationInput) => Promise<Prepared>;

/**
 * Does everything before the launch: funpack, world, bin/bootstrap once per box, configuration, bin/prepare. Heavy work
 * runs in a funpack-runner, and only if it has not been done yet. Each step may be done again after a death.
 */
export async function prepareServer(input: PreparationInput): Promise<Prepared> {
  const funpack = await fetchFunpack(inPhase(input, 'funpack'));
  assertKnownSettings(funpack.manifest, givenSettings(input.start));
  const context = launchContext(input, funpack);
  input.onFunpack(funpack, context);
  if (!input.hasWorld) await restoreWorld(inPhase(input, 'world'), funpack);
  mkdirSync(context.workingDir, { recursive: true, mode: 0o700 });
  await bootstrap(inPhase(input, 'bootstrap'), funpack, context);
  inPhase(input, 'prepare');
  await prepare(funpack, context, { signal: input.signal, onLine: input.onLine });
  input.signal.throwIfAborted();
  return { funpack, context };
}

/** The settings that somebody gave with this start. */
export const givenSettings = ({ given = [], settings }: StartOrder): Record<string, unknown> =>
  Object.fromEntries(given.map((name) => [name, settings[name]]));

/** The input of a launch. A worker that takes over a running server works it out again. */
export function launchContext(
  input: Pick<PreparationInput, 'config' | 'files' | 'start' | 'port'>,
  funpack: Funpack,
): LaunchContext {
  const { files, start, port } = input;
  return {
    serverId: start.serverId,
    port,
    ram: start.ram,
    settings: checkSettings(funpack.manifest, start.settings),
    workingDir: files.paths.working,
    sharedDir: join(files.box.shared, funpack.digest),
    datafile: files.paths.datafile,
    home: files.paths.working,
  };
}

export const sourceContext = ({ config, files }: Pick<PreparationInput, 'config' | 'files'>): SourceContext =>
  ({ cacheDir: files.box.cacheDir, funpackPaths: config.funpacks, allowedHosts: config.allowedHosts });

async function fetchFunpack(input: PreparationInput): Promise<Funpack> {
  const context = sourceContext(input);
  const source = input.start.funpack;
  const found = findFunpack(source, context)
    ?? (await runTask({ type: 'fetch', source, ...context, limits: input.config.archives }, runnerOptions(input)));
  return readFunpack(found.dir, found.digest, nameOfFound(source, found, context.cacheDir));
}

/** Puts the world into `working/`. */
async function restoreWorld(input: PreparationInput, funpack: Funpack): Promise<void> {
  const source = await worldSource(input, funpack);
  if (!source) {
    removeTreeSync(input.files.paths.working); // an earlier attempt had another world
    return input.onWorld(undefined);
  }
  const { files: _, bytes: __, ...told } = await runTask(
    {
      type: 'restore',
      source,
      into: input.files.paths.working,
      ...sourceContext(input),
      limits: input.config.archives,
      backupsDir: input.config.backups,
    },
    runnerOptions(input),
  );
  input.onWorld(source.url, told);
}

async function worldSource({ start, config }: PreparationInput, funpack: Funpack): Promise<Source | undefined> {
  if (start.world === 'new') return undefined;
  if (start.world) return start.world;
  if (!funpack.manifest.persistent) return undefined;
  const latest = await latestBackup(config.backups, start.serverId);
  return latest ? { url: latest.url } : undefined;
}

async function bootstrap(input: PreparationInput, funpack: Funpack, { sharedDir, home }: LaunchContext): Promise<void> {
  if (isBootstrapped(sharedDir)) return;
  if (!funpack.has.bootstrap) {
    mkdirSync(sharedDir, { recursive: true });
    return;
  }
  await runTask(
    {
      type: 'bootstrap',
      funpackDir: funpack.dir,
      digest: funpack.digest,
      sharedDir,
      home,
    },
    runnerOptions(input),
  );
}

/** Tells that a step of the start begins, and answers the input whose progress belongs to it. */
function inPhase(input: PreparationInput, phase: StartPhase): PreparationInput {
  const onProgress: ProgressListener = (progress) => input.onProgress({ ...progress, phase });
  onProgress({ label: phase, done: 0 });
  return { ...input, onProgress };
}

const runnerOptions = ({ start, signal, onProgress, onLine }: PreparationInput) => ({
  serverId: start.serverId,
  signal,
  onProgress,
  onLine,
});
