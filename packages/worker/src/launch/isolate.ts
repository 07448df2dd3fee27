import {
  chmodSync,
  closeSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { filledDir, runTask, type Funpack, type LaunchContext } from '@pinky/funpack-runner/light';
import { closedFolders, give, guiseOf, lend, nodeFolder, writeGuise, type Isolation } from '@pinky/jail';
import { makeDir, openHome, PinkyError, type BoxConfig } from '@pinky/protocol';
import type { ServerFiles } from '../record/server-files.js';
import type { NextLaunch } from './wrapper.js';

export interface IsolateInput {
  readonly config: BoxConfig;
  readonly files: ServerFiles;
  readonly isolation: Isolation | undefined;
  readonly signal: AbortSignal;
}

/**
 * Gives the game's files to its user, and opens the way to them. A game that runs as root again leaves a mark on
 * `working/`, by its owner: what it makes there has to be given to the user once more.
 */
export async function isolate({ config, files, isolation, signal }: IsolateInput, { dir }: Funpack): Promise<void> {
  const { working } = files.paths;
  if (!isolation) return takeBackFolder(files, working);
  if (isolation.isRootless) return; // its files are the game's own already
  makeDir(files.box.shared); // so that the way to it can be opened
  openWay(config, files);
  assertOpen(isolation, files, dir);
  await giveWorking(files.serverId, working, { owner: isolation.user, signal });
}

/** Writes down what the game is to see. Its folders are there by now. */
export function writeView(
  { config, files, isolation }: Omit<IsolateInput, 'signal'>,
  { dir }: Funpack,
  context: LaunchContext,
): void {
  if (!isolation) return;
  writeGuise(isolation, {
    dir: files.paths.jail,
    writable: [context.workingDir],
    ...(isolation.isRootless && { instead: { [files.paths.dir]: partOf(files) } }),
    readable: readableFor(config, files, { funpackDir: dir, sharedDir: context.sharedDir }),
  });
}

/**
 * Throws `not_isolated` if the way to the files of a game, or to its funpack, is closed to its user: a launch would be
 * a crash without a reason, and the next one too. Pinky's own folders are opened once more.
 */
export function assertLaunchable({ config, files, isolation }: Omit<IsolateInput, 'signal'>, { dir }: Funpack): void {
  if (!isolation || isolation.isRootless) return;
  openWay(config, files);
  assertOpen(isolation, files, dir);
}

/** Throws `not_isolated` for what the game's user may not read or pass. Else it would be a crash without a reason. */
function assertOpen({ kind }: Isolation, { serverId, paths }: ServerFiles, dir: string): void {
  const bin = join(dir, 'bin');
  const programs = existsSync(bin) ? [bin, ...readdirSync(bin).map((name) => join(bin, name))] : [];
  const parts = [dir, join(dir, 'funpack.json'), ...programs];
  const modeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mode ?? 0o004;
  const part = parts.find((path) => (modeOf(path) & 0o004) === 0) ?? parts.find((path) => isClosed(path));
  const ways = kind === 'user' ? [...closedFolders(dirname(dir)), ...closedFolders(paths.dir)] : [];
  const above = [...new Set(ways)];
  const first = above[0] ?? part;
  if (first === undefined) return;
  const remedies = [
    ...(above.length > 0 ? [`\`chmod a+x ${above.join(' ')}\` opens the way to its files`] : []),
    ...(part === undefined ? [] : [`\`chmod -R a+rX ${dir}\` opens its funpack`]),
  ];
  throw new PinkyError(
    'not_isolated',
    `server ${serverId} cannot run isolated: ${first} is closed to other users, and its game is one of them; ` +
      remedies.join(', and '),
  );
}

/** Whether other users cannot pass through this folder. */
function isClosed(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && (stats.mode & 0o001) === 0;
}

/**
 * The words that come before `bin/bootstrap`, and its user. It may also write to the folder that it fills, which is
 * taken back from it when it has ended.
 */
export function bootstrapGuise(
  { config, files, isolation }: IsolateInput,
  funpack: Funpack,
  { workingDir, sharedDir }: LaunchContext,
): { readonly under: readonly string[]; readonly owner?: Isolation['user'] } {
  if (!isolation) return { under: [] };
  const dir = join(files.paths.jail, 'bootstrap');
  writeGuise(isolation, {
    dir,
    writable: [workingDir, filledDir(sharedDir)],
    readable: programsFor(config, funpack.dir),
  });
  return { under: guiseOf(isolation, dir, filledDir(sharedDir)).hook, owner: isolation.user };
}

/**
 * The folder that a game with the box's own user sees in the place of its server's. The modes of files hide nothing
 * from it, and by the others it could deceive its worker.
 */
function partOf({ paths }: ServerFiles): string {
  const dir = join(paths.jail, 'part');
  mkdirSync(join(dir, 'working'), { recursive: true, mode: 0o700 });
  return dir;
}

/** Lets the game read its datafile, which was just written. */
export function showDatafile({ files: { paths }, isolation }: IsolateInput): void {
  if (!isolation) return;
  if (!isolation.isRootless) return lend(paths.datafile, isolation.user);
  const shown = join(paths.jail, 'part', basename(paths.datafile));
  rmSync(shown, { force: true });
  linkSync(paths.datafile, shown);
}

function readableFor(
  config: BoxConfig,
  { paths }: ServerFiles,
  { funpackDir, sharedDir }: { readonly funpackDir: string; readonly sharedDir: string },
): readonly string[] {
  return [paths.dir, sharedDir, filledDir(sharedDir), ...programsFor(config, funpackDir)];
}

const programsFor = (config: BoxConfig, funpackDir: string): readonly string[] =>
  [funpackDir, ...nodeFolder(), ...(config.isolation?.visible ?? [])];

function takeBackFolder({ box }: ServerFiles, workingDir: string): void {
  const stats = lstatSync(workingDir, { throwIfNoEntry: false });
  if (stats === undefined || stats.uid === 0 || process.getuid?.() !== 0) return;
  const isGiven = existsSync(join(box.users, String(stats.uid))); // and not by somebody else
  if (isGiven) lchownSync(workingDir, 0, 0);
}

/** A folder that is its user's own has been given to it before, with all that was in it then. */
async function giveWorking(
  serverId: string,
  dir: string,
  { owner, signal }: { readonly owner: Isolation['user']; readonly signal: AbortSignal },
): Promise<void> {
  if (lstatSync(dir).uid === owner.uid) return;
  if (readdirSync(dir).length > 0) await runTask({ type: 'give', dir, owner }, { serverId, signal });
  else lchownSync(dir, owner.uid, owner.gid);
}

/** The game may pass through the folders that lead to its own, and to its funpack. It can read none of them. */
function openWay({ home, servers }: BoxConfig, { paths, box }: ServerFiles): void {
  if ((statSync(home).mode & 0o011) !== 0o011) openHome(home);
  const passed = [servers, box.cacheDir, box.funpackCache, box.shared, paths.dir];
  for (const dir of passed.filter((one) => existsSync(one))) {
    const { mode } = statSync(dir);
    if ((mode & 0o011) !== 0o011) chmodSync(dir, (mode & 0o700) | 0o011);
  }
}

/** Makes the console of a run, and gives it and its stdin to the game, which may open /dev/stdin and its like again. */
export function giveStdio(isolation: Isolation | undefined, { paths }: ServerFiles, console: string): void {
  if (!isolation) return;
  closeSync(openSync(console, 'a', 0o600));
  for (const path of [console, paths.pipeStdin]) give(path, isolation.user);
}

/** The part of a launch that isolation changes: the command line, and the table of mounts. */
export function disguised(
  isolation: Isolation | undefined,
  command: readonly string[],
  { paths: { working, jail } }: ServerFiles,
): Pick<NextLaunch, 'command' | 'mounts' | 'unshared'> {
  if (!isolation) return { command };
  const { game, mounts, unshared } = guiseOf(isolation, jail, working);
  return { command: [...game, ...command], ...(mounts !== undefined && { mounts }), ...(unshared && { unshared }) };
}
