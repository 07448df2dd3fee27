import { readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { boxPaths, errnoOf, findEffectiveConfig, isSameFolder, PinkyError, type BoxConfig } from '@pinky/protocol';
import { ChildrenJournal } from '@pinky/supervisor/journal';
import { placeOf } from '@pinky/supervisor/place';
import { forgetGames } from './copied-home.js';
import { processesWith } from './home-of-process.js';

type HomeOf = Pick<BoxConfig, 'home' | 'servers'>;

/** No server id begins with a dot. */
const markOf = (servers: string): string => join(servers, '.home');

/**
 * Servers belong to one home: each home has locks of its own, so two of them would run one server twice, in one folder.
 * Those within a home are its own. Servers that lie outside have their home written down beside them. In a copy of such
 * a folder, the games of the other one are forgotten. Throws `bad_option` if the servers are another home's, and that
 * one still exists.
 */
export function claimServers(box: HomeOf): void {
  assertServersOurs(box);
  const [own, folder] = [realpathSync(box.home), realpathSync(box.servers)];
  const isCopied = isCopiedFolder(folder);
  if (isCopied) forgetGames(folder);
  if (!isCopied && `${folder}${sep}`.startsWith(`${own}${sep}`)) return;
  const mark = `${own}\n${placeOf(folder).file}`;
  if (textOf(markOf(folder)) !== mark) writeFileSync(markOf(folder), `${mark}\n`, { mode: 0o644 });
}

/** Whether the servers were copied together with a mark that names their folder. An older version's names none. */
export function isCopiedFolder(servers: string): boolean {
  const [, known] = textOf(markOf(servers))?.split('\n') ?? [];
  return known !== undefined && known !== placeOf(realpathSync(servers)).file;
}

/** Throws `bad_option` if the servers are another home's. Nothing is written. */
export function assertServersOurs(box: HomeOf): void {
  const other = ownerBeside(box);
  if (other === undefined) return;
  throw new PinkyError(
    'bad_option',
    `servers: ${box.servers} holds the servers of another home, ${other.home}; name another folder in pinky.yml, or ` +
      `remove ${other.known} if that home is no longer used`,
  );
}

/** The other home whose servers these are. Undefined if they are ours, or nobody's. */
export const otherHomeOf = (box: HomeOf): string | undefined => ownerBeside(box)?.home;

interface Owner {
  readonly home: string;
  /** The file that says so. */
  readonly known: string;
}

function ownerBeside({ home, servers }: HomeOf): Owner | undefined {
  const folder = realPathOf(servers);
  if (folder === undefined) return undefined; // there are none yet
  const owner = homeAround(folder, home) ?? markedHome(folder, home) ?? homeBefore(home, folder);
  return owner && !isSameFolder(owner.home, home) ? owner : undefined;
}

/** The nearest home that the folder lies in. One that has its servers elsewhere does not count. */
function homeAround(folder: string, own: string): Owner | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (isSameFolder(at, own) || (isHome(at) && hasServersIn(at, folder) !== false)) return ownerBy(at);
    if (at === dirname(at)) return undefined;
  }
}

function markedHome(folder: string, own: string): Owner | undefined {
  const known = markOf(folder);
  const [home] = textOf(known)?.split('\n') ?? [];
  if (home === undefined || isCopiedFolder(folder)) return undefined;
  return isHome(home) || runsWithout(home, own) ? { home, known } : undefined;
}

/** Whether a home that was moved away still runs with the path of before. Ours may have been moved itself. */
function runsWithout(home: string, own: string): boolean {
  const pids = processesWith(home);
  const ours = new ChildrenJournal(boxPaths(own).children).survivors().map(({ identity }) => identity.pid);
  return pids.length > 0 && !pids.some((pid) => ours.includes(pid));
}

/** The home that ours was copied from, as long as ours was not up. An older version has left no mark. */
function homeBefore(own: string, folder: string): Owner | undefined {
  const before = configOf(own)?.home;
  return before !== undefined && hasServersIn(before, folder) === true ? ownerBy(before) : undefined;
}

const ownerBy = (home: string): Owner => ({ home, known: boxPaths(home).effectiveConfig });

/** Undefined if nobody can tell: its configuration is closed to this user, damaged, or names a folder that is gone. */
function hasServersIn(home: string, folder: string): boolean | undefined {
  const servers = realPathOf(configOf(home)?.servers);
  return servers === undefined ? undefined : isSameFolder(servers, folder);
}

function configOf(home: string): BoxConfig | undefined {
  try {
    return findEffectiveConfig(home);
  } catch {
    return undefined; // closed to this user, or damaged
  }
}

/** A folder that is closed to this user may be one, and nobody can tell that it is gone. */
function isHome(path: string): boolean {
  try {
    return statSync(boxPaths(path).effectiveConfig).isFile();
  } catch (error) {
    return errnoOf(error) === 'EACCES';
  }
}

function realPathOf(path: string | undefined): string | undefined {
  try {
    return path === undefined ? undefined : realpathSync(path);
  } catch {
    return undefined; // it leads nowhere, or this user may not look
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined; // nobody has claimed it, or only an older version
  }
}
