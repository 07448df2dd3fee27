import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { GameUser } from './game-user.js';
import { asUser, guiseOf, writeGuise } from './guise.js';

const unshared = ['--pid', '--mount', '--ipc', '--uts', '--fork', 'true'];

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Whether this machine lets us make namespaces. */
export const hasNamespaces = (): boolean => works('unshare', unshared);

/** Why games cannot have users of their own here. Undefined if they can. */
export function lacksUsers(): string | undefined {
  if (!isRoot()) return 'only root can give games users of their own';
  const [setpriv = 'setpriv', ...words] = asUser({ uid: 65_534, gid: 65_534 });
  return works(setpriv, [...words, 'true']) ? undefined : 'setpriv (package util-linux) does not work here';
}

const works = (program: string, args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: 'ignore', timeout: 10_000, env: process.env }).status === 0;

/**
 * Why an ordinary user cannot isolate games by namespaces of its own. It tries all of it: user namespaces may be
 * forbidden, and a container may cover a part of /proc, which then cannot be mounted anew.
 */
export function lacksRootless(): string | undefined {
  const scratch = mkdtempSync(join(tmpdir(), 'pinky-isolate-'));
  try {
    const isolation = { kind: 'strict', user: ownUser(), hasNamespaces: true, isRootless: true } as const;
    const [dir, working] = [join(scratch, 'jail'), join(scratch, 'working')];
    for (const each of [dir, working]) mkdirSync(each, { mode: 0o700 });
    writeGuise(isolation, { dir, writable: [working], readable: [] });
    const [program = 'unshare', ...words] = guiseOf(isolation, dir, working).hook;
    return works(program, [...words, 'true']) ? undefined : 'the kernel does not let this user make namespaces';
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The user of this process, as a game that stays it. */
export function ownUser(): GameUser {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  try {
    return { uid, gid, name: userInfo().username };
  } catch {
    return { uid, gid }; // a container may run a user that it does not know
  }
}

/** The folders on the way to a path, and the path itself, that are closed to other users. The highest comes first. */
export function closedFolders(path: string): readonly string[] {
  const above = dirname(path);
  const higher = above === path ? [] : closedFolders(above);
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() && (stats.mode & 0o001) === 0 ? [...higher, path] : higher;
}
