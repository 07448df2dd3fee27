import { lstatSync } from 'node:fs';
import { boxPaths, PinkyError, type BoxConfig } from '@pinky/protocol';

/**
 * The sockets of a box in whose place a folder stands. Nothing of ours makes one there, and a folder may hold anything,
 * so it is not removed. A file, a link or a dead socket there is replaced.
 */
export function foldersForSockets({ home, redis }: Pick<BoxConfig, 'home' | 'redis'>): readonly string[] {
  const { supervisorSocket, queueSocket, redisSocket } = boxPaths(home);
  const sockets = [supervisorSocket, queueSocket, ...(redis === undefined ? [redisSocket] : [])];
  return sockets.filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory());
}

/** The way out for a folder in the place of a socket. */
export const moveAway = (path: string): string => `move it away: mv ${path} ${path}.old`;

/** Throws `socket_gone`: neither a supervisor nor a queue could be reached. */
export function assertSocketPlaces(config: Pick<BoxConfig, 'home' | 'redis'>): void {
  const [path] = foldersForSockets(config);
  if (path === undefined) return;
  throw new PinkyError('socket_gone', `${path} is a folder, so the box cannot have its socket there`, {
    remedy: moveAway(path),
  });
}
