import { accessSync, constants, existsSync, lstatSync, readlinkSync, statSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { boxPaths, errnoOf, maintenanceFile, PinkyError, redisDamageFile, type BoxConfig } from '@pinky/protocol';

/** The kind that a path of a home must have, if anything is there. */
export type PlaceKind = 'folder' | 'file' | 'socket';

interface Place {
  readonly path: string;
  readonly kind: PlaceKind;
  /** No game needs it: only API or webhooks do, or nobody. */
  readonly isBeside?: true;
}

/** Something that stands where Pinky needs something else. */
export interface Misplaced extends Place {
  readonly because: string;
  readonly remedy: string;
}

type HomeConfig = Pick<BoxConfig, 'home' | 'redis' | 'servers' | 'backups'>;

/** The way out for something that is in the place of something else. */
export const moveAway = (path: string): string => `move it away: mv ${path} ${path}.old`;

/**
 * The table of a home: every path that is the same in every home, and what must be there. Nothing need be there: Pinky
 * makes what is missing. A folder is before all that is in it.
 */
export function homePlaces(config: HomeConfig): readonly Place[] {
  const { home, servers, backups } = config;
  const p = boxPaths(home);
  const folders = [
    home, p.logDir, p.redisDir, servers, backups, p.events, p.cacheDir, p.funpackCache, p.shared, p.ports, p.launches,
    p.runners, p.users, p.definitions, dirname(p.workerLock('a')), dirname(p.history('a')), dirname(p.answers('a')),
    join(home, 'backup-keys'),
  ];
  const files = [
    p.config, p.effectiveConfig, p.identity, p.isolation, p.supervisorPid, p.rememberedPorts, p.redisPid,
    join(p.redisDir, 'redis.conf'), redisDamageFile(home), maintenanceFile(home), p.children, p.place,
    join(home, 'queue.lock'), join(home, 'stores.json'),
    ...['supervisor.log', 'supervisor.out', 'queue.log', 'redis.log', 'workers.log']
      .map((name) => join(p.logDir, name)),
  ];
  const logsBeside = ['api.log', 'webhooks.log'].map((name) => join(p.logDir, name));
  return [
    ...folders.map((path): Place => ({ path, kind: 'folder' })),
    ...files.map((path): Place => ({ path, kind: 'file' })),
    ...socketsOf(config).map((path): Place => ({ path, kind: 'socket' })),
    ...[p.apiDir, p.apiTokens, p.apiLogins, p.webhooks, join(home, 'funpacks')]
      .map((path): Place => ({ path, kind: 'folder', isBeside: true })),
    ...[
      p.apiAddress, p.apiJobs, p.audit, join(home, 'api.lock'), p.webhooksLock, p.portsInUse, ...logsBeside,
    ]
      .map((path): Place => ({ path, kind: 'file', isBeside: true })),
    { path: p.webhooksSocket, kind: 'socket', isBeside: true },
  ];
}

function socketsOf({ home, redis }: Pick<BoxConfig, 'home' | 'redis'>): readonly string[] {
  const { supervisorSocket, queueSocket, redisSocket } = boxPaths(home);
  return [supervisorSocket, queueSocket, ...(redis === undefined ? [redisSocket] : [])];
}

/**
 * The sockets of a box in whose place a folder stands. Nothing of ours makes one there, and a folder may hold anything,
 * so it is not removed. A file, a link or a dead socket there is replaced.
 */
export const foldersForSockets = (config: Pick<BoxConfig, 'home' | 'redis'>): readonly string[] =>
  socketsOf(config).filter((path) => {
    const there = lookAt(() => lstatSync(path, { throwIfNoEntry: false }));
    return typeof there === 'object' && there.isDirectory();
  });

/** Everything in a home that stands where Pinky needs something else. Paths below such a thing are left out. */
export function misplacedIn(config: HomeConfig): readonly Misplaced[] {
  const found: Misplaced[] = [];
  for (const place of homePlaces(config)) {
    if (found.some(({ path }) => place.path.startsWith(`${path}/`))) continue;
    const trouble = troubleAt(place);
    if (trouble) found.push({ ...place, ...trouble });
  }
  return found;
}

/** Throws `misplaced`, or `socket_gone` for a socket, before anything of a box is started. */
export function assertHomePlaces(config: HomeConfig): void {
  const first = misplacedIn(config).find(({ isBeside }) => !isBeside);
  if (first === undefined) return;
  throw new PinkyError(first.kind === 'socket' ? 'socket_gone' : 'misplaced', first.because, { remedy: first.remedy });
}

type Trouble = Pick<Misplaced, 'because' | 'remedy'>;

function troubleAt({ path, kind }: Place): Trouble | undefined {
  const link = lookAt(() => lstatSync(path, { throwIfNoEntry: false }));
  if (link === undefined || link === 'closed') return undefined; // a closed folder above it is in the table itself
  if (kind === 'socket') {
    return link.isDirectory() ? wrong(path, `${path} is a folder, so the box cannot have its socket there`) : undefined;
  }
  const there = lookAt(() => statSync(path, { throwIfNoEntry: false }));
  if (there === 'closed') return closed(path);
  if (there === undefined) {
    return kind === 'file' && canBeMade(path)
      ? undefined
      : wrong(path, `${path} is a link that leads nowhere, and Pinky needs a ${kind} there`);
  }
  const isRight = kind === 'folder' ? there.isDirectory() : there.isFile() || there.isCharacterDevice();
  if (!isRight) return wrong(path, `${path} is ${nameOf(there)}, and Pinky needs a ${kind} there`);
  return isOpen(path, kind) ? undefined : closed(path);
}

/** Whether a link leads to a file that is only not made yet. */
const canBeMade = (link: string): boolean => existsSync(dirname(resolve(dirname(link), readlinkSync(link))));

const wrong = (path: string, because: string): Trouble => ({ because, remedy: moveAway(path) });

const closed = (path: string): Trouble => ({
  because: `${path} is closed to this user`,
  remedy: `let this user read and write it (chown, chmod), or ${moveAway(path)}`,
});

/** A full disk or a dead mount is told of elsewhere. */
function lookAt(look: () => Stats | undefined): Stats | 'closed' | undefined {
  try {
    return look();
  } catch (error) {
    return errnoOf(error) === 'ENOTDIR' ? undefined : 'closed';
  }
}

/** A file system that is read-only has an error of its own. */
function isOpen(path: string, kind: PlaceKind): boolean {
  const { R_OK, W_OK, X_OK } = constants;
  try {
    accessSync(path, kind === 'folder' ? R_OK | W_OK | X_OK : R_OK);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'EACCES';
  }
}

function nameOf(there: Stats): string {
  if (there.isDirectory()) return 'a folder';
  if (there.isFile()) return 'a file';
  if (there.isSocket()) return 'a socket';
  return there.isFIFO() ? 'a pipe' : 'a device';
}
