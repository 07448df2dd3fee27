import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GameUser } from './game-user.js';
import { strictTable, userTable } from './mount-table.js';

/** How a game is kept apart: by a user of its own (`user`), or by that and a root of its own (`strict`). */
export interface Isolation {
  readonly kind: 'user' | 'strict';
  readonly user: GameUser;
  /** The machine lets us make namespaces. Without them, a game of kind `user` has no name in /etc/passwd. */
  readonly hasNamespaces: boolean;
}

/** The words that come before a program's own, so that it runs as a game may. */
export interface Guise {
  /** Words that stand before the game's command. */
  readonly game: readonly string[];
  /** Words that stand before a helper's command. Everything that the helper leaves running ends with it. */
  readonly hook: readonly string[];
  /** The mount table that the wrapper's fork applies, as the first process of a pid namespace. Absent: none. */
  readonly mounts?: string;
}

const filesIn = (dir: string) => ({
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

const namespaces = ['--pid', '--mount', '--ipc', '--uts', '--fork', '--kill-child=SIGKILL'];
const mountFirst = 'umask 022; mount -a -T "$0" || exit 111; exec "$@"';
const mountIfPossible = 'mount -a -T "$0" 2>/dev/null; exec "$@"';

/**
 * The words for a game whose files are in `dir`. The game sees nothing but its root: it is entered by chroot(2), which
 * a process without capabilities cannot leave, and in which the kernel refuses to make user namespaces.
 */
export function guiseOf({ kind, user, hasNamespaces }: Isolation, dir: string, workingDir: string): Guise {
  const { mounts, root } = filesIn(dir);
  const plain = asUser(user);
  if (kind === 'user') {
    const named = hasNamespaces ? ['unshare', '--mount', '/bin/sh', '-c', mountIfPossible, mounts, ...plain] : plain;
    return { game: named, hook: named };
  }
  const game = ['unshare', `--root=${root}`, `--wd=${workingDir}`, ...plain];
  return { game, mounts, hook: ['unshare', ...namespaces, '/bin/sh', '-c', mountFirst, mounts, ...game] };
}

/** Writes the files that the words of `guiseOf` name. */
export function writeGuise(
  { kind, user }: Isolation,
  { dir, working, readable }: { readonly dir: string; readonly working: string; readonly readable: readonly string[] },
): void {
  const { mounts, passwd, group, root } = filesIn(dir);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const { uid, gid } = user;
  write(passwd, `${textOf('/etc/passwd')}game:x:${uid}:${gid}:game:${working}:/bin/sh\n`, 0o644);
  write(group, `${textOf('/etc/group')}game:x:${gid}:\n`, 0o644);
  write(
    mounts,
    kind === 'strict'
      ? strictTable({ root, working, readable, passwd, group })
      : userTable({ passwd, group }),
    0o600,
  );
}

/** Root's umask has no say in it: every program reads /etc/passwd. */
function write(path: string, text: string, mode: number): void {
  const before = process.umask(0);
  try {
    writeFileSync(path, text, { mode });
  } finally {
    process.umask(before);
  }
}

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
