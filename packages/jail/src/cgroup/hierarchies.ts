import { accessSync, constants, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The controllers that set or tell a limit of a game, and `freezer`, which ends one on cgroup v1. */
export const controllers = ['memory', 'pids', 'cpu', 'freezer'] as const;
export type Controller = (typeof controllers)[number];

/** The slice for the games of a box that runs under systemd as root. The unit wants it, so systemd makes its cgroup. */
export const gamesSlice = 'pinkygames.slice';

/** One tree of cgroups. Those of games are made below `dir`. */
export interface Hierarchy {
  readonly version: 1 | 2;
  readonly dir: string;
  readonly controllers: readonly Controller[];
}

interface Mount {
  readonly type: string;
  /** The cgroup that is mounted, and where. */
  readonly root: string;
  readonly at: string;
  readonly options: readonly string[];
}

/**
 * The hierarchies of this machine in which games can have cgroups. Both versions may be there at once: then v1 has the
 * controllers, and v2 has `cgroup.kill`. With v1, games lie below the cgroup of this process, so a limit on that one
 * holds for them too. With v2 they lie in the slice of systemd that the unit of a root box brings, or else below the
 * highest cgroup that this user may write to: systemd could not restart a unit that has cgroups with controllers below
 * it.
 */
export function findHierarchies(proc = '/proc'): readonly Hierarchy[] {
  const mounts = mountsIn(textOf(join(proc, 'self/mountinfo')));
  const own = ownCgroups(textOf(join(proc, 'self/cgroup')));
  return [...mounts.values()].flatMap((mount) => hierarchyOf(mount, own) ?? []);
}

function hierarchyOf(mount: Mount, own: ReadonlyMap<string, string>): Hierarchy | undefined {
  if (mount.type === 'cgroup2') {
    const slice = join(mount.at, gamesSlice);
    const dir = isWritable(slice) ? slice : highestWritable(mount.at, below(mount, own.get('')));
    return { version: 2, dir, controllers: among(textOf(join(dir, 'cgroup.controllers')).trim().split(' ')) };
  }
  const has = among(mount.options);
  const [first] = has;
  return first && { version: 1, dir: below(mount, own.get(first)), controllers: has };
}

const among = (names: readonly string[]): Controller[] => controllers.filter((name) => names.includes(name));

/** The folder of a cgroup. A container may have mounted only a part of the tree. */
function below({ root, at }: Mount, path = '/'): string {
  if (root === '/') return resolve(at, `.${path}`);
  return path.startsWith(root) ? resolve(at, `.${path.slice(root.length)}`) : at;
}

function highestWritable(top: string, own: string): string {
  let highest = own;
  for (let dir = own; dir.startsWith(top); dir = dirname(dir)) if (isWritable(dir)) highest = dir;
  return highest;
}

/** A process may be moved by those who may write to the common ancestor of both cgroups (cgroups(7)). */
function isWritable(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK);
    accessSync(join(dir, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false; // another user's, or mounted for reading only
  }
}

/** proc_pid_mountinfo(5). Each hierarchy counts once, however often it is mounted. */
function mountsIn(text: string): ReadonlyMap<string, Mount> {
  const found = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [, , device = '', root = '/', at = ''] = left.split(' ');
    const [type = '', , options = ''] = right.split(' ');
    if ((type === 'cgroup' || type === 'cgroup2') && !found.has(device))
      found.set(device, { type, root, at, options: options.split(',') });
  }
  return found;
}

/** The cgroup of this process in each hierarchy, by controller. In v2 its name is empty (cgroups(7)). */
function ownCgroups(text: string): ReadonlyMap<string, string> {
  const own = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, names = '', path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path !== undefined) for (const name of names.split(',')) own.set(name, path);
  }
  return own;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // no such file: nothing can be had by it
  }
}
