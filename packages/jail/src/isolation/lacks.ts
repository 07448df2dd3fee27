import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { asUser } from './guise.js';

const unshared = ['--pid', '--mount', '--ipc', '--uts', '--fork', 'true'];

/** Whether this machine lets us make namespaces. */
export const hasNamespaces = (): boolean => works('unshare', unshared);

/** Why games cannot have users of their own here. Undefined if they can. */
export function lacksUsers(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can give games users of their own';
  const [setpriv = 'setpriv', ...words] = asUser({ uid: 65_534, gid: 65_534 });
  return works(setpriv, [...words, 'true']) ? undefined : 'setpriv (package util-linux) does not work here';
}

const works = (program: string, args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;

/** The first folder on the way to a path that is closed to other users. */
export function closedFolder(path: string): string | undefined {
  const above = dirname(path);
  const higher = above === path ? undefined : closedFolder(above);
  if (higher !== undefined) return higher;
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() && (stats.mode & 0o001) === 0 ? path : undefined;
}
