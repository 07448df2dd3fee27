import { statSync } from 'node:fs';
import type { Funpack } from '@pinky/funpack-runner/light';
import {
  hasNamespaces,
  homeIdentity,
  isRoot,
  lacksFor,
  memoryLimit,
  namedUser,
  noteUser,
  ownUser,
  ownUsers,
  userOf,
  userOfFunpack,
  type GameUser,
  type Isolation,
  type IsolationKind,
  type Limits,
} from '@pinky/jail';
import { boxPaths, PinkyError, type BoxConfig, type StartOrder } from '@pinky/protocol';

/** How a server's game is confined: as it was configured when its start began. A crash changes nothing about that. */
export interface Confinement {
  readonly limits?: Limits;
  /** Absent: the game runs as the user of the box, and sees what that user sees. */
  readonly isolation?: Isolation;
  /** Why the game is not isolated as its operator wanted it. */
  readonly notIsolated?: string;
}

/**
 * How the game of a start is to be confined, as things are configured now. A game that cannot be isolated as it should
 * runs with less, and says so. Throws `not_isolated` if the operator has chosen `strict` and that cannot be had, and
 * `bad_option` for a user that no game may be.
 */
export function confinementOf(config: BoxConfig, serverId: string, start: StartOrder): Confinement | undefined {
  const limits = limitsOf(config, start);
  const { kind = 'none', users } = config.isolation ?? {};
  if (kind === 'none' || !users) return limits && { limits };
  const { had, lacks } = possible(config, serverId, kind);
  const isolation = had !== 'none' && isolationOf(config, serverId, had);
  return {
    ...(limits && { limits }),
    ...(isolation && { isolation }),
    ...(lacks !== undefined && { notIsolated: lacks }),
  };
}

/** An ordinary user can give games a view of their own, and no user. */
const isolationOf = (config: BoxConfig, serverId: string, kind: Isolation['kind']): Isolation =>
  (isRoot()
    ? { kind, user: userFor(config, serverId), hasNamespaces: kind === 'strict' || hasNamespaces() }
    : { kind, user: ownUser(), hasNamespaces: true, isRootless: true });

/** The next best, where the one that is wanted cannot be had; but not where the operator wrote `strict`. */
function possible(
  config: BoxConfig,
  serverId: string,
  kind: 'user' | 'strict',
): { readonly had: IsolationKind; readonly lacks?: string } {
  const lacks = lacksFor(kind, config);
  if (lacks === undefined) return { had: kind };
  if (kind === 'strict' && config.isolation?.chosenBy !== 'home') {
    throw new PinkyError('not_isolated', `server ${serverId} cannot have \`isolation: strict\`: ${lacks}`);
  }
  return { had: kind === 'strict' && lacksFor('user', config) === undefined ? 'user' : 'none', lacks };
}

/** The user of a server's game: the one that the configuration names, or one that no other server has. */
function userFor(config: BoxConfig, serverId: string): GameUser {
  const { name, ...range } = config.isolation?.users ?? { first: 0, count: 0 };
  const { users } = boxPaths(config.home);
  if (name === undefined) return userOf(users, serverId, range, homeIdentity(config.home));
  return noted(config, namedUser(name, ownUsers(config), '`users.name` in pinky.yml'));
}

/** The same confinement with the user that the funpack names, unless the configuration names one for all games. */
export function withUserOf<C extends Confinement | undefined>(
  confinement: C,
  { manifest: { runAs, name } }: Funpack,
  config: BoxConfig,
): C {
  const isolation = confinement?.isolation;
  if (!isolation || isolation.isRootless || runAs === undefined || config.isolation?.users.name !== undefined) {
    return confinement;
  }
  return { ...confinement, isolation: { ...isolation, user: noted(config, userOfFunpack(config, name, runAs)) } };
}

function noted(config: BoxConfig, user: GameUser): GameUser {
  noteUser(boxPaths(config.home).users, user);
  return user;
}

/** Undefined if the configuration says nothing, because an older version wrote it. */
export function limitsOf({ limits }: BoxConfig, start: StartOrder): Limits | undefined {
  if (!limits) return undefined;
  const { hasMemory, headroomBytes, processes, cpuWeight, cpuQuotaPercent, oomScore, openFiles = 0 } = limits;
  return {
    ...(hasMemory && start.isRamGiven && { memoryBytes: memoryLimit(start.ram.max, headroomBytes) }),
    ...(processes > 0 && { processes }),
    cpuWeight,
    ...(cpuQuotaPercent > 0 && { cpuQuotaPercent }),
    oomScore,
    ...(openFiles > 0 && { openFiles }),
  };
}

/**
 * Where a server's cgroup is: below the home's own, since a machine may have several boxes. A copy has the identity of
 * its home; and two homes that are roots of file systems, or of snapshots, have the same inode.
 */
export function cgroupPath(home: string, serverId: string): string {
  const { dev, ino } = statSync(home);
  return `pinky/${homeIdentity(home)}.${dev}-${ino}/${serverId}`;
}

/** Where the next game's cgroup is made while the last one is in the other. A server's id has no dot. */
export const otherCgroupPath = (home: string, serverId: string): string => `${cgroupPath(home, serverId)}.next`;
