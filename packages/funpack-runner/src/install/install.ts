import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  installedPaths,
  lackingBytes,
  Mask,
  PinkyError,
  secretValues,
  systemClock,
  type InstalledPaths,
  type InstallStep,
} from '@pinky/protocol';
import { badFunpack, readFunpack, type Funpack } from '../funpack/read-funpack.js';
import { removeTree } from '../kernel/remove-tree.js';
import { syncFileSystem } from '../kernel/sync.js';
import { funpackPath, whichProgram } from '../launch/environment.js';
import { missingPrograms } from '../launch/launch-spec.js';
import { expand, placeholdersOf } from '../launch/placeholders.js';
import type { InstallTask, RunnerResults } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { assertAble } from './able.js';
import { InstallLog } from './install-log.js';
import { folderOf, readInstalled, type Installed } from './installed.js';
import { runInSandbox, serverFolders } from './sandbox.js';
import { putInPlace } from './put-in-place.js';

const defaultTimeoutMs = 60 * 60_000;
/** Between two looks at how full the disk is, milliseconds. */
const lookMs = 1_000;
/** Where the script finds its funpack. */
const funpackAt = '/run/funpack';

/**
 * Runs the funpack's install script in a jail, once for a server and content of the funpack, and puts its files into
 * `working/`. A script that fails, is cancelled or dies leaves nothing, and the next start begins it anew, unless its
 * funpack says that it can go on. Throws `install_failed`, `not_permitted`, `missing_program`, `no_space` or
 * `cancelled`.
 */
export async function install(task: InstallTask, work: WorkContext): Promise<RunnerResults['install']> {
  const { digest, context: { serverId, workingDir } } = task;
  const funpack = readFunpack(task.funpackDir, digest);
  const step = funpack.manifest.install;
  if (!step) return { ran: false };
  assertAble(funpack.manifest.name);
  const paths = installedPaths(task.servers, serverId);
  mkdirSync(paths.dir, { recursive: true, mode: 0o700 });
  const known = readInstalled(paths);
  const isThere = known?.digest === digest && existsSync(paths.files(digest));
  if (!isThere) await make({ task, funpack, step, paths, work, known });
  const now: Installed = readInstalled(paths) ?? { format: 1, digest };
  const files = paths.files(digest);
  const before = now.before === undefined ? undefined : paths.files(now.before);
  work.onProgress({ label: 'copy', done: 0 });
  await putInPlace({ files, before, working: workingDir, signal: work.signal });
  const folder = folderOf(workingDir);
  write(paths, { format: 1, digest, ...(folder !== undefined && { folder }) });
  await removeOthers(paths, digest);
  return { ran: !isThere };
}

interface Making {
  readonly task: InstallTask;
  readonly funpack: Funpack;
  readonly step: InstallStep;
  readonly paths: InstalledPaths;
  readonly work: WorkContext;
  readonly known: Installed | undefined;
}

/** Runs the script. Its files get their name when they are whole and on the disk, and then the record names them. */
async function make(making: Making): Promise<void> {
  const { task: { digest }, paths, known, step, funpack: { manifest } } = making;
  const missing = missingPrograms(manifest).map(({ program, package: name }) =>
    (name === undefined ? program : `${program} (package ${name})`));
  if (missing.length > 0) {
    throw new PinkyError(
      'missing_program',
      `${manifest.name}: not installed: ${missing.join(', ')}; the game needs it, so its install script was not run`,
    );
  }
  const into = step.resume ? paths.begun(digest) : paths.half;
  // by a runner that was killed, or for another content of the funpack
  const leftOver = [paths.half, paths.scratch, paths.files(digest), ...foldersIn(paths, 'begun-')];
  for (const dir of leftOver) if (dir !== into || !step.resume) await removeTree(dir);
  const isResumed = existsSync(into);
  for (const dir of [into, paths.scratch]) mkdirSync(dir, { recursive: true, mode: 0o755 });
  try {
    await runStep(making, { into, isResumed });
    await removeTree(paths.scratch);
    await syncFileSystem(into);
    renameSync(into, paths.files(digest));
    const before = known?.before !== undefined && known.folder === undefined ? known.before : known?.digest;
    write(paths, { format: 1, digest, ...(before !== undefined && before !== digest && { before }) });
  } catch (failure) {
    if (!step.resume || isNoSpace(failure)) await removeTree(into);
    throw failure;
  } finally {
    await removeTree(paths.scratch);
  }
}

interface Folder {
  readonly into: string;
  /** An earlier run has left it, and this one goes on there. */
  readonly isResumed: boolean;
}

async function runStep({ task, funpack, step, paths, work }: Making, { into, isResumed }: Folder): Promise<void> {
  const { context } = task;
  const script = join(task.funpackDir, step.script);
  if (!existsSync(script)) throw badFunpack(funpack.manifest.name, [`install.script: ${step.script} is not there`]);
  const mask = new Mask(secretValues(context.settings, funpack.manifest.schema));
  const log = new InstallLog(paths.log, mask);
  const disk = watchDisk(task, paths.dir, work.signal);
  let lines = 0;
  work.onProgress({ label: 'install', done: 0 });
  try {
    await runInSandbox({
      serverId: context.serverId,
      scratch: paths.scratch,
      hidden: task.hidden,
      into,
      readable: { [funpackAt]: task.funpackDir },
      command: ['/bin/sh', '-c', inner, 'install', packagesFor(step), step.shell ?? 'sh', join(funpackAt, step.script)],
      env: environmentOf(funpack, task),
      timeoutMs: step.timeoutMs ?? defaultTimeoutMs,
      signal: disk.signal,
      onLine: (line) => {
        work.onLine(log.write(line));
        work.onProgress({ label: 'install', done: (lines += 1) });
      },
    });
  } catch (failure) {
    const again = isResumed
      ? `goes on in ${into}: where that is why it fails, remove that folder`
      : 'runs it again';
    throw disk.failure() ?? withLog(failure, mask, { path: paths.log, again });
  } finally {
    disk.stop();
    log.close();
  }
}

/**
 * The first process in the jail. When it ends, the kernel ends all others, so it waits for the script alone. It
 * installs the tools that the machine lacks; they are gone with the jail.
 */
const inner = `
export DEBIAN_FRONTEND=noninteractive
if [ -n "$1" ]; then
  apt-get update -q || exit
  apt-get install -y -q --no-install-recommends $1 || exit
fi
shift
"$@"
exit
`;

const packagesFor = ({ requires = [] }: InstallStep): string =>
  requires
    .filter(({ program }) => whichProgram(program, funpackPath(), '/') === undefined)
    .map(({ program, package: name }) => name ?? program)
    .join(' ');

/** The funpack's environment, with paths as they are in the jail. Folders of the box do not exist there. */
function environmentOf(funpack: Funpack, { context }: InstallTask): Record<string, string> {
  const [server] = serverFolders;
  const inside = { ...context, workingDir: server, home: server, sharedDir: '' };
  const placeholders = placeholdersOf({ dir: funpackAt }, inside);
  const more = Object.entries(funpack.manifest.env ?? {}).map(
    ([name, text]) => [name, expand(text, placeholders)] as const,
  );
  return {
    PORT: String(context.port),
    SERVER_ID: context.serverId,
    HOME: '/root',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games',
    LANG: process.env['LANG'] ?? 'C.UTF-8',
    ...Object.fromEntries(more),
  };
}

/** Ends the script before it takes of the disk what belongs to running games. */
function watchDisk({ reserve }: InstallTask, dir: string, signal: AbortSignal) {
  const full = new AbortController();
  const over = new AbortController();
  const isFull = (): boolean => reserve !== undefined && lackingBytes(reserve, dir) > 0;
  const watch = async (): Promise<void> => {
    while (await systemClock.rest(lookMs, over.signal)) if (isFull()) return full.abort();
  };
  if (isFull()) full.abort();
  else void watch();
  return {
    signal: AbortSignal.any([signal, full.signal]),
    failure: () => (full.signal.aborted && !signal.aborted
      ? new PinkyError('no_space', `the install script would take of the disk of ${dir} what is for running games`)
      : undefined),
    stop: () => over.abort(),
  };
}

/** The failure without secrets, and with the way to all of the output. `again`: the next start's part, in words. */
function withLog(failure: unknown, mask: Mask, { path, again }: Readonly<Record<'path' | 'again', string>>): unknown {
  if (!(failure instanceof PinkyError) || failure.code !== 'install_failed') return failure;
  return new PinkyError('install_failed', mask.text(failure.message), {
    ...(failure.details && { details: mask.deep(failure.details) }),
    remedy: `see its output in ${path}; the next start ${again}`,
  });
}

function write({ state }: InstalledPaths, installed: Installed): void {
  const beside = `${state}.new`;
  rmSync(beside, { force: true });
  writeFileSync(beside, `${JSON.stringify(installed)}\n`, { mode: 0o600, flush: true });
  renameSync(beside, state);
}

async function removeOthers(paths: InstalledPaths, digest: string): Promise<void> {
  const others = foldersIn(paths, 'files-').filter((dir) => dir !== paths.files(digest));
  for (const dir of others) await removeTree(dir);
}

const foldersIn = ({ dir }: InstalledPaths, prefix: string): string[] =>
  readdirSync(dir).filter((name) => name.startsWith(prefix)).map((name) => join(dir, name));

const isNoSpace = (failure: unknown): boolean => failure instanceof PinkyError && failure.code === 'no_space';
