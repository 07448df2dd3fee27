import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GameUser } from './game-user.js';
import { strictTable, userTable } from './mount-table.js';

/** How a game is kept apart: by a user of its own (`user`), or by that and a root of its own (`strict`). */
export interface Isolation {
  readonly kind: 'user' | 'strict';
  readonly user: GameUser;
  /** The machine lets us make namespaces. Without them, a game of kind `user` has no name in /etc/passwd. */
  readonly hasNamespaces: boolean;
  /** An ordinary user makes the namespaces, and the game stays that user. Only for `strict`. */
  readonly isRootless?: boolean;
}

/** The words that come before a program's own, so that it runs as a game may. */
export interface Guise {
  /** Words that stand before the game's command. */
  readonly game: readonly string[];
  /** Words that stand before a helper's command. Everything that the helper leaves running ends with it. */
  readonly hook: readonly string[];
  /** The mount table that the wrapper's fork applies, as the first process of a pid namespace. Absent: none. */
  readonly mounts?: string;
  /** The options of unshare(1) with which the wrapper begins, beside its pid namespace. */
  readonly unshared?: readonly string[];
}

export const filesIn = (dir: string) => ({
  mounts: join(dir, 'mounts'),
  passwd: join(dir, 'passwd'),
  group: join(dir, 'group'),
  root: join(dir, 'root'),
});

/** No new privileges, and no capability, neither now nor later (setpriv(1)). */
export const asUser = ({ uid, gid }: GameUser): readonly string[] => [
  'setpriv',
  `--reuid=${uid}`,
  `--regid=${gid}`,
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
  '--inh-caps=-all',
  '--',
];

/** Root within a user namespace may mount, and nothing else of the machine is its. */
const asOwnRoot = ['--user', '--map-root-user'];
/** A user namespace in which the game is the user that it is outside, and has no capability after its exec. */
const itself = ({ uid, gid }: GameUser): readonly string[] => ['--user', `--map-user=${uid}`, `--map-group=${gid}`];
const withoutPrivileges = ['setpriv', '--no-new-privs', '--inh-caps=-all', '--'];
/** When its first process ends, the kernel ends all others. */
const ownPids = ['--pid', '--mount', '--fork', '--kill-child=SIGKILL'];
const namespaces = [...ownPids, '--ipc', '--uts'];
const mountFirst = 'umask 022; mount -a -T "$0" || exit 111; exec "$@"';
const mountIfPossible = 'mount -a -T "$0" 2>/dev/null; exec "$@"';
/** The processes of its own namespace are those of /proc. mount(8) would leave out a /proc that is mounted already. */
const ownProc = `mount -t proc -o nosuid,nodev,noexec proc /proc 2>/dev/null; ${mountIfPossible}`;

/**
 * The words for a game whose files are in `dir`. The game sees nothing but its root: it is entered by chroot(2), which
 * a process without capabilities cannot leave, and in which the kernel refuses to make user namespaces.
 */
export function guiseOf(isolation: Isolation, dir: string, workingDir: string): Guise {
  const { kind, user, hasNamespaces, isRootless } = isolation;
  const { mounts, root } = filesIn(dir);
  const plain = isRootless ? withoutPrivileges : asUser(user);
  if (kind === 'user') {
    if (!hasNamespaces) return { game: plain, hook: plain };
    const inNamespaces = (which: readonly string[], mount: string): readonly string[] =>
      ['unshare', ...which, '/bin/sh', '-c', mount, mounts, ...plain];
    return { game: inNamespaces(['--mount'], mountIfPossible), hook: inNamespaces(ownPids, ownProc) };
  }
  const unshared = isRootless ? asOwnRoot : [];
  const game = ['unshare', ...(isRootless ? itself(user) : []), `--root=${root}`, `--wd=${workingDir}`, ...plain];
  const hook = ['unshare', ...unshared, ...namespaces, '/bin/sh', '-c', mountFirst, mounts, ...game];
  return { game, mounts, hook, unshared };
}

export interface GuiseView {
  readonly dir: string;
  /** The folders in which it may write. The first one is its own, and its home. */
  readonly writable: readonly string[];
  readonly standIn?: string;
  readonly readable: readonly string[];
  /** Folders that are shown in the place of others of these, by the path of those. Only for `strict`. */
  readonly instead?: Readonly<Record<string, string>>;
}

/** Writes the files that the words of `guiseOf` name. */
export function writeGuise({ kind, user, isRootless = false }: Isolation, view: GuiseView): void {
  const { mounts, passwd, group, root } = filesIn(view.dir);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const { uid, gid, name = 'game' } = user;
  const [home = '/'] = view.writable;
  write(passwd, `${without(name, textOf('/etc/passwd'))}${name}:x:${uid}:${gid}:game:${home}:/bin/sh\n`, 0o644);
  write(group, `${textOf('/etc/group')}${user.name === undefined ? `game:x:${gid}:\n` : ''}`, 0o644);
  const table = kind === 'strict'
    ? strictTable({ ...view, root, passwd, group, isRootless })
    : userTable({ passwd, group });
  write(mounts, table, 0o600);
}

/**
 * Root's umask has no say in it: every program reads /etc/passwd. A file that is right stays as it is, and another one
 * takes its place whole: a full disk must not leave a part of it to the next launch.
 */
function write(path: string, text: string, mode: number): void {
  if (isWritten(path, text)) return;
  const draft = `${path}.new`;
  const before = process.umask(0);
  try {
    rmSync(draft, { force: true });
    writeFileSync(draft, text, { mode });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true }); // of a full disk
    throw error;
  } finally {
    process.umask(before);
  }
}

function isWritten(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false; // it is not there yet
  }
}

/** A user's home is its working folder, also where the machine names another one. */
const without = (name: string, passwd: string): string =>
  passwd.split('\n').filter((line) => !line.startsWith(`${name}:`)).join('\n');

const textOf = (path: string): string => {
  const text = readFileSync(path, 'utf8');
  return text.endsWith('\n') ? text : `${text}\n`;
};

/** Gives a file to the game's user. Only for files in folders that no game can write to. */
export const give = (path: string, { uid, gid }: GameUser): void => chownSync(path, uid, gid);

/** Lets the game's user read a file. The same holds for its folder. */
export function lend(path: string, { gid }: GameUser): void {
  chownSync(path, 0, gid);
  chmodSync(path, 0o640);
}
