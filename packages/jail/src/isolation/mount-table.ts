import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';

export interface StrictView {
  /** The empty folder that becomes the game's root. */
  readonly root: string;
  /** The one folder in which the game may write. */
  readonly working: string;
  /** Folders that it may read. Those that are not there are left out. */
  readonly readable: readonly string[];
  /** The files that it sees as /etc/passwd and /etc/group. */
  readonly passwd: string;
  readonly group: string;
}

/** The parts of the system that every program may read. Devices are guarded by their own modes. */
const system = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt'];
const made = 'X-mount.mkdir=0755';

/**
 * A table for mount(8), which mounts all of it in one call (fstab(5)): 13 calls cost 32 ms. Nothing else exists
 * for the game: the home, other servers, /run with its sockets, /tmp and /dev/shm of others, /sys, /root.
 */
export function strictTable({ root, working, readable, passwd, group }: StrictView): string {
  const at = (path: string): string => `${root}${path}`;
  const shown = (path: string, options: string): Line => [realpathSync(path), at(path), 'none', `${options},${made}`];
  return text([
    ['tmpfs', root, 'tmpfs', 'mode=755,size=4m,nosuid,nodev'],
    ...system.filter((path) => existsSync(path)).map((path) => shown(path, 'rbind,ro')),
    ['/dev', at('/dev'), 'none', `rbind,nosuid,${made}`],
    ['tmpfs', at('/dev/shm'), 'tmpfs', 'mode=1777,size=1g,nosuid,nodev'],
    ['tmpfs', at('/tmp'), 'tmpfs', `mode=1777,size=1g,nr_inodes=100k,nosuid,nodev,${made}`],
    ['tmpfs', at('/var/tmp'), 'tmpfs', `mode=1777,size=1g,nr_inodes=100k,nosuid,nodev,${made}`],
    ['tmpfs', at('/run'), 'tmpfs', `mode=755,size=4m,nosuid,nodev,${made}`],
    ['proc', at('/proc'), 'proc', `nosuid,nodev,noexec,${made}`],
    ...resolver().map((path): Line => shown(path, 'bind,ro')),
    ...users({ passwd, group }, at('')),
    ...readable.filter((path) => existsSync(path)).map((path) => shown(path, 'rbind,ro,nosuid,nodev')),
    [working, at(working), 'none', `bind,nosuid,nodev,${made}`],
  ]);
}

/** Only the user's name, in a view that is else the machine's own. */
export const userTable = (files: Pick<StrictView, 'passwd' | 'group'>): string => text(users(files, ''));

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
