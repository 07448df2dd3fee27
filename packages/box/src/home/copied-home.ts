import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { boxPaths, namesIn, serverPaths, type BoxConfig, type Logger } from '@pinky/protocol';
import { bootId } from '@pinky/supervisor/identity';
import { placeOf, type Place } from '@pinky/supervisor/place';

/**
 * Files of a home name processes, and a copy of the home has these files too: there they name the processes of another
 * home. So a home has its place written down, which is that of its folder.
 */
const placeOfHome = (home: string): Place => placeOf(realpathSync(home));

/** The place that was written down, if that was since this machine was booted. */
function knownPlace(home: string): Place | undefined {
  const [known, pidNamespace = '', file = ''] = textOf(boxPaths(home).place)?.trim().split(' ') ?? [];
  return known === bootId() ? { bootId: known, pidNamespace, file } : undefined;
}

/**
 * Whether the home was copied from another folder since this machine was booted, and its servers with it: their files
 * name games of the other home. False for one that was renamed, and for one of a version that wrote no place down.
 */
export const isCopiedHome = (box: HomeOf): boolean => isNewFolder(box.home) && hasServersInside(box);

type HomeOf = Pick<BoxConfig, 'home' | 'servers'>;

/**
 * Whether the home has its files by a copy, which is also how it comes to another file system. A container that starts
 * again has another pid namespace, and the same folder.
 */
export function isNewFolder(home: string): boolean {
  const known = knownPlace(home);
  return known !== undefined && known.file !== placeOfHome(home).file;
}

function hasServersInside({ home, servers }: HomeOf): boolean {
  try {
    return realpathSync(servers).startsWith(realpathSync(home) + sep);
  } catch {
    return false; // there are none yet
  }
}

/**
 * For the supervisor, before it looks at any process: a home that is at another place than before begins as after a
 * restart of the machine. Nothing that runs elsewhere is taken over, waited for or ended.
 */
export function settleHome(config: BoxConfig, logger: Logger): void {
  const { home } = config;
  const { bootId: boot, pidNamespace, file } = placeOfHome(home);
  const known = knownPlace(home);
  if (known?.file === file && known.pidNamespace === pidNamespace) return;
  if (known?.file === file) {
    logger.info({ event: 'home.namespace', because: 'the processes in its files were those of another pid namespace' });
  } else if (known) {
    logger.warn({ event: 'home.copied', because: 'the processes in its files are those of another home' });
  }
  if (known) forgetProcesses(config);
  writeFileSync(boxPaths(home).place, `${boot} ${pidNamespace} ${file}\n`, { mode: 0o600 });
}

function forgetProcesses(config: BoxConfig): void {
  const { home, servers } = config;
  const { launches, runners, apiAddress, children } = boxPaths(home);
  for (const path of [children, launches, runners, apiAddress]) rmSync(path, { recursive: true, force: true });
  if (hasServersInside(config)) forgetGames(servers); // others were not copied with it
}

/** Servers that were copied: their files name games of the other folder. */
export function forgetGames(servers: string): void {
  for (const serverId of namesIn(servers)) {
    const { runs } = serverPaths(servers, serverId);
    for (const run of namesIn(runs)) forgetIdentity(join(runs, run, 'identity'));
  }
}

/** No machine has it: a run with it counts as one from before a restart of the machine. */
const noBoot = '00000000-0000-0000-0000-000000000000';

/** Its lines: the wrapper's pid, the game's stat, the boot id, and the cgroups, which are the other home's too. */
function forgetIdentity(file: string): void {
  const [wrapper, stat, boot] = textOf(file)?.split('\n') ?? [];
  if (boot !== undefined && boot !== noBoot) writeFileSync(file, `${wrapper}\n${stat}\n${noBoot}\n`, 'latin1');
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
