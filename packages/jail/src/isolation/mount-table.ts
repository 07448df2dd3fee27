import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';

export interface StrictView {
  /** The empty folder that becomes the game's root. */
  readonly root: string;
  /** The folders in which the game may write. */
  readonly writable: readonly string[];
  /** A folder that stands in for the first of them, for a trial. */
  readonly standIn?: string | undefined;
  /** Folders that it may read. Those that are not there are left out. */
  readonly readable: readonly string[];
  /** Folders that are shown in the place of others of these, by the path of those. */
  readonly instead?: Readonly<Record<string, string>>;
  /** The files that it sees as /etc/passwd and /etc/group. */
  readonly passwd: string;
  readonly group: string;
  /** An ordinary user mounts it, who may not loosen what the machine has mounted with restrictions. */
  readonly isRootless?: boolean;
}

/** The parts of the system that every program may read. Devices are guarded by their own modes. */
const system = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt'];
const made = 'X-mount.mkdir=0755';

/**
 * A table for mount(8), which mounts all of it in one call (fstab(5)): 13 calls cost 32 ms. Nothing else exists
 * for the game: the home, other servers, /run with its sockets, /tmp and /dev/shm of others, /sys, /root.
 */
export function strictTable(view: StrictView): string {
  const { root, writable, standIn, readable, instead = {}, isRootless } = view;
  const at = (path: string): string => `${root}${path}`;
  const shown = (path: string, options: string): Line => [realpathSync(path), at(path), 'none', `${options},${made}`];
  const ofSystem = isRootless ? 'rbind' : 'rbind,ro'; // it belongs to another user, who may not be asked
  return text([
    ['tmpfs', root, 'tmpfs', 'mode=755,size=4m,nosuid,nodev'],
    ...system.filter((path) => existsSync(path)).map((path) => shown(path, ofSystem)),
    ['/dev', at('/dev'), 'none', `rbind,${isRootless ? '' : 'nosuid,'}${made}`],
    ['tmpfs', at('/dev/shm'), 'tmpfs', 'mode=1777,size=1g,nosuid,nodev'],
    ['tmpfs', at('/tmp'), 'tmpfs', `mode=1777,size=1g,nr_inodes=100k,nosuid,nodev,${made}`],
    ['tmpfs', at('/var/tmp'), 'tmpfs', `mode=1777,size=1g,nr_inodes=100k,nosuid,nodev,${made}`],
    ['tmpfs', at('/run'), 'tmpfs', `mode=755,size=4m,nosuid,nodev,${made}`],
    ['proc', at('/proc'), 'proc', `nosuid,nodev,noexec,${made}`],
    ...resolver().map((path): Line => shown(path, isRootless ? 'bind' : 'bind,ro')),
    ...users(view, at('')),
    ...readable.filter((path) => existsSync(path)).map((path): Line =>
      [realpathSync(instead[path] ?? path), at(path), 'none', `rbind,ro,nosuid,nodev,${made}`]),
    ...writable.map((path, place): Line =>
      [(place === 0 ? standIn : undefined) ?? path, at(path), 'none', `bind,nosuid,nodev,${made}`]),
  ]);
}

/** Only the user's name, in a view that is else the machine's own. */
export const userTable = (files: Pick<StrictView, 'passwd' | 'group'>): string => text(users(files, ''));

export interface UserTrialView extends Pick<StrictView, 'writable' | 'standIn' | 'readable' | 'passwd' | 'group'> {
  /** Folders of the box that may be closed as yet. Empty ones that can be passed through stand in for them. */
  readonly opened: readonly string[];
  /** An empty folder. */
  readonly stash: string;
}

/** The view of a game with a user of its own, as it is once the box's folders are open to that user. */
export function userTrialTable(view: UserTrialView): string {
  const { opened, stash, readable, writable: [own = '/'], standIn = own } = view;
  const isCovered = (path: string): boolean => opened.some((dir) => path === dir || path.startsWith(`${dir}/`));
  const covered = readable.filter((path) => isCovered(path) && existsSync(path));
  const shown = [...covered.map((path) => [realpathSync(path), path] as const), [standIn, own] as const];
  const kept = (place: number): string => `${stash}/${place}`;
  return text([
    ...shown.map(([from], place): Line => [from, kept(place), 'none', 'bind,X-mount.mkdir=0711']),
    ...opened.map((dir): Line => ['tmpfs', dir, 'tmpfs', 'mode=711,size=4m,nosuid,nodev']),
    ...shown.map(([, at], place): Line => [kept(place), at, 'none', 'bind,X-mount.mkdir=0711']),
    ...users(view, ''),
  ]);
}

/** The folder with Node, and with what was installed for it, where that is not a part of the system. */
export function nodeFolder(): string[] {
  const folder = dirname(dirname(process.execPath));
  return folder.startsWith('/usr') || folder === '/' ? [] : [folder];
}

type Line = readonly [source: string, target: string, type: string, options: string];

const users = ({ passwd, group }: Pick<StrictView, 'passwd' | 'group'>, root: string): Line[] => [
  [passwd, `${root}/etc/passwd`, 'none', 'bind,ro'],
  [group, `${root}/etc/group`, 'none', 'bind,ro'],
];

/** /etc/resolv.conf is often a link into /run. */
function resolver(): string[] {
  try {
    const file = realpathSync('/etc/resolv.conf');
    return file.startsWith('/run/') ? [dirname(file)] : [];
  } catch {
    return []; // there is none
  }
}

const text = (lines: readonly Line[]): string => lines.map((line) => `${line.map(escaped).join(' ')} 0 0\n`).join('');

/** As fstab(5) writes white space and backslashes. */
const escaped = (field: string): string =>
  field.replace(/[\s\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
