import {
  chmodSync,
  closeSync,
  existsSync,
  lchownSync,
  lstatSync,
  openSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { runTask, type Funpack, type LaunchContext } from '@pinky/funpack-runner/light';
import {
  closedFolder,
  give,
  guiseOf,
  hasNamespaces,
  lacksUsers,
  userOf,
  writeGuise,
  type Isolation,
} from '@pinky/jail';
import { openHome, PinkyError, type BoxConfig, type StartOrder } from '@pinky/protocol';
import type { ServerFiles } from '../record/server-files.js';
import { identityOf, limitsOf, type Confinement } from './confinement.js';
import type { LaunchOrder } from './wrapper.js';

/**
 * How the game of a start is to be confined, as things are configured now. A game that cannot have a user of its own
 * runs without, and says so. Throws `not_isolated` if the operator has chosen `strict` and that cannot be had.
 */
export function confinementOf(config: BoxConfig, files: ServerFiles, start: StartOrder): Confinement | undefined {
  const limits = limitsOf(config, start);
  const { kind = 'none', users } = config.isolation ?? {};
  if (kind === 'none' || !users) return limits && { limits };
  const lacks = lacksUsers() ?? (kind === 'user' ? closedWay(config) : undefined);
  const canMount = lacks === undefined && hasNamespaces();
  const because = lacks ?? (kind === 'strict' && !canMount ? 'this machine lets Pinky make no namespaces' : undefined);
  if (because !== undefined && kind === 'strict') {
    throw new PinkyError('not_isolated', `server ${files.serverId} cannot have \`isolation: strict\`: ${because}`);
  }
  if (because !== undefined) return { ...(limits && { limits }), notIsolated: because };
  const user = userOf(files.box.users, files.serverId, users, identityOf(config.home));
  return { ...(limits && { limits }), isolation: { kind, user, hasNamespaces: canMount } };
}

/** Pinky opens its own folders at a start. Those above the home are others' business. */
function closedWay({ home, servers }: BoxConfig): string | undefined {
  const above = servers.startsWith(`${home}/`) ? [home] : [home, servers];
  const closed = above.map((dir) => closedFolder(dirname(dir))).find((dir) => dir !== undefined);
  return closed === undefined ? undefined : `${closed} is closed to other users (chmod o+x ${closed})`;
}

export interface IsolateInput {
  readonly config: BoxConfig;
  readonly files: ServerFiles;
  readonly isolation: Isolation | undefined;
  readonly signal: AbortSignal;
}

/**
 * Gives the game's files to its user, and writes down what it is to see. A game that runs as root again leaves a mark
 * on `working/`, by its owner: what it makes there has to be given to the user once more.
 */
export async function isolate(
  { config, files, isolation, signal }: IsolateInput,
  funpack: Funpack,
  { workingDir, sharedDir }: LaunchContext,
): Promise<void> {
  if (!isolation) return takeBackFolder(files, workingDir);
  openWay(config, files);
  await giveWorking(files.serverId, workingDir, { owner: isolation.user, signal });
  writeGuise(isolation, {
    dir: files.paths.jail,
    working: workingDir,
    readable: [
      files.paths.dir,
      funpack.dir,
      sharedDir,
      `${sharedDir}.data`,
      ...nodeFolder(),
      ...(config.isolation?.visible ?? []),
    ],
  });
}

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

/** The folder with Node, and with what was installed for it, where that is not a part of the system. */
function nodeFolder(): string[] {
  const folder = dirname(dirname(process.execPath));
  return folder.startsWith('/usr') || folder === '/' ? [] : [folder];
}

/** The part of a launch that isolation changes: the command line, and the table of mounts. */
export function disguised(
  isolation: Isolation | undefined,
  { command, files, console }: {
    readonly command: readonly string[];
    readonly files: ServerFiles;
    readonly console: string;
  },
): Pick<LaunchOrder, 'command' | 'mounts'> {
  if (!isolation) return { command };
  const { working, jail, pipeStdin } = files.paths;
  closeSync(openSync(console, 'a', 0o600));
  for (const path of [console, pipeStdin]) give(path, isolation.user); // it may open /dev/stdin and its like again
  const { game, mounts } = guiseOf(isolation, jail, working);
  return { command: [...game, ...command], ...(mounts !== undefined && { mounts }) };
}
