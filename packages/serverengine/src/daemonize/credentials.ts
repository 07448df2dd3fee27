import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { PinkyError } from '@pinky/protocol/base';

/** The user, group and umask of a process as a configuration names them (`chuser`, `chgroup`, `chumask`). */
export interface RunAs {
  /** A name or a number. Its primary group and all others come along. */
  readonly user?: string | number | null | undefined;
  /** A name or a number. It replaces the user's own primary group. */
  readonly group?: string | number | null | undefined;
  /** 0 to 0o777. */
  readonly umask?: number | null | undefined;
}

/** The same, looked up and checked. */
export interface Credentials {
  readonly user?: User;
  /** The primary group that the process gets. */
  readonly gid?: number;
  readonly umask?: number;
}

/** Looks the names up, before anything runs. Unknown users and groups and bad masks: `bad_option`. */
export function resolveCredentials({ user, group, umask }: RunAs): Credentials {
  const owner = isGiven(user) ? findUser(user) : undefined;
  const gid = isGiven(group) ? findGroup(group) : owner?.gid;
  if (isGiven(umask) && !(Number.isInteger(umask) && umask >= 0 && umask <= 0o777)) {
    throw new PinkyError('bad_option', `bad umask ${String(umask)}: a whole number from 0 to 0o777`);
  }
  return {
    ...(owner && { user: owner }),
    ...(gid !== undefined && { gid }),
    ...(isGiven(umask) && { umask }),
  };
}

/**
 * Gives this process the credentials: mask, supplementary groups, group, and last the user, after which there is no way
 * back. A process that already has the user needs no right to take it. Throws the system's error (EPERM).
 */
export function becomeUser({ user, gid, umask }: Credentials): void {
  if (umask !== undefined) process.umask(umask);
  // The cast holds on every system with users. @types/node has them optional for Windows, and knows no initgroups.
  const { initgroups, setgid, setuid, geteuid } = process as unknown as UserCalls;
  const isAlready = user?.uid === geteuid() && user.uid !== 0;
  if (user && !isAlready) initgroups(user.name, user.gid);
  if (gid !== undefined && gid !== process.getegid?.()) setgid(gid);
  if (user && !isAlready) setuid(user.uid);
}

/**
 * A command that runs another one with the credentials, for spawned programs, which cannot change by themselves. It
 * uses setpriv(1) of util-linux, because Node's `spawn({ uid, gid })` drops all supplementary groups.
 */
export function commandAs({ user, gid, umask }: Credentials, command: string, args: readonly string[]): CommandLine {
  const ids = [...(user ? [`--reuid=${user.uid}`] : []), ...(gid === undefined ? [] : [`--regid=${gid}`])];
  const groups = user ? `--init-groups` : '--keep-groups';
  const inner: CommandLine =
    ids.length === 0 ? { command, args } : { command: 'setpriv', args: [...ids, groups, '--', command, ...args] };
  return umask === undefined
    ? inner
    : { command: 'sh', args: ['-c', `umask ${umask.toString(8)}; exec "$@"`, 'sh', inner.command, ...inner.args] };
}

export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
}

interface UserCalls {
  readonly initgroups: (user: string, primaryGroup: number) => void;
  readonly setgid: (gid: number) => void;
  readonly setuid: (uid: number) => void;
  readonly geteuid: () => number;
}

interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

function findUser(user: string | number): User {
  const [name, , uid, gid] = entry('passwd', user);
  if (name === undefined) throw new PinkyError('bad_option', `can't find user for ${user}`);
  return { name, uid: Number(uid), gid: Number(gid) };
}

function findGroup(group: string | number): number {
  const [name, , gid] = entry('group', group);
  if (name === undefined) throw new PinkyError('bad_option', `can't find group for ${group}`);
  return Number(gid);
}

/** The fields of a database entry by name or number. Asks getent(1), which knows all sources, or reads the file. */
function entry(database: 'passwd' | 'group', wanted: string | number): readonly string[] {
  const { status, stdout } = spawnSync('getent', [database, String(wanted)], { encoding: 'utf8' });
  if (status === 0) return stdout.trim().split(':');
  if (status === 2) return []; // getent(1): the key was not found
  const lines = readFileSync(`/etc/${database}`, 'utf8').split('\n').map((line) => line.split(':'));
  return lines.find(([name, , id]) => name === String(wanted) || id === String(wanted)) ?? [];
}

const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;
