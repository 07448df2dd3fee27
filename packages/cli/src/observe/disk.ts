import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { isServerId, serverPaths } from '@pinky/protocol';
import { isAlive, parseStat, type ProcessIdentity } from '@pinky/supervisor/identity';

/** What the files say about one server, whoever is alive. */
export interface ServerOnDisk {
  readonly serverId: string;
  /** server.json: what was asked for, and what the worker wrote down; empty where it is missing or unreadable. */
  readonly record: Readonly<Record<string, unknown>>;
  /** The game's pid where exactly the process lives that was recorded. */
  readonly pid: number | undefined;
  /** The pid that the file names, alive or not. */
  readonly recordedPid: number | undefined;
}

/** Every server that has a folder under `$SERVERS`. */
export function serversOnDisk(servers: string): ServerOnDisk[] {
  return namesIn(servers)
    .filter((name) => isServerId(name) && isFolder(serverPaths(servers, name).dir))
    .sort()
    .map((id) => serverOnDisk(servers, id));
}

export function serverOnDisk(servers: string, serverId: string): ServerOnDisk {
  const paths = serverPaths(servers, serverId);
  const recordedPid = Number.parseInt(textOf(paths.pidFile), 10);
  const game = gameOf(servers, serverId);
  return {
    serverId,
    record: jsonOf(paths.serverJson),
    pid: game && isAlive(game) ? game.pid : undefined,
    recordedPid: Number.isNaN(recordedPid) ? undefined : recordedPid,
  };
}

/**
 * The game of the newest run, as the wrapper wrote it down: two lines of `/proc/<pid>/stat`, its own and the game's,
 * then the boot id. The pid file alone may name somebody else by now.
 */
function gameOf(servers: string, serverId: string): ProcessIdentity | undefined {
  const newest = runsOf(servers, serverId).at(-1);
  if (newest === undefined) return undefined;
  const [, game = '', bootId = ''] = textOf(serverPaths(servers, serverId).run(newest).identity).split('\n');
  const stat = parseStat(game);
  return stat && { pid: stat.pid, startTime: stat.startTime, bootId: bootId.trim() };
}

/** Run ids of a server, oldest first: they sort by age as text. */
export const runsOf = (servers: string, serverId: string): string[] =>
  namesIn(serverPaths(servers, serverId).runs).sort();

/** Names in a folder; none where it does not exist. */
export function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // no such folder: nothing is in it
  }
}

/** The last lines of a small file such as a journal, oldest first. */
export function lastLines(file: string, count: number, maxBytes = 64 * 1024): string[] {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return []; // no such file: no lines
  }
  try {
    const size = statSync(file).size;
    const buffer = Buffer.alloc(Math.min(size, maxBytes));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').split('\n').filter((line) => line !== '').slice(-count);
  } finally {
    closeSync(descriptor);
  }
}

export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // absent is empty here
  }
}

function jsonOf(file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(textOf(file));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {}; // torn or absent: nothing is known
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
