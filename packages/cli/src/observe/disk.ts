import { closeSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isCopiedFolder, isCopiedHome, otherHomeOf } from '@pinky/box/home';
import {
  boxPaths,
  isServerId,
  namesIn,
  parseObject,
  readJsonObject,
  serverPaths,
  type BoxConfig,
} from '@pinky/protocol';
import { isAlive, parseStat, type ProcessIdentity } from '@pinky/supervisor/identity';
import { openRegularFile } from '@pinky/supervisor/pid-files';

/** The facts about one server in its files, even if every process is dead. */
export interface ServerOnDisk {
  readonly serverId: string;
  /** server.json: what was asked for, and what the worker recorded. Empty if it is missing or damaged. */
  readonly record: Readonly<Record<string, unknown>>;
  /** The pid of the game, if exactly the recorded process is alive. */
  readonly pid: number | undefined;
  /** The pid in the pid file, alive or not. */
  readonly recordedPid: number | undefined;
}

/** A home and its `$SERVERS`. */
export type ServersOf = Pick<BoxConfig, 'home' | 'servers'>;

/** The ids of the servers with a folder in `$SERVERS`. */
export const serversIn = (servers: string): string[] =>
  namesIn(servers).filter((name) => isServerId(name) && isFolder(serverPaths(servers, name).dir)).sort();

export function serversOnDisk(box: ServersOf): ServerOnDisk[] {
  const areOurs = areGamesOurs(box);
  return serversIn(box.servers).map((id) => serverOnDisk(box, id, areOurs));
}

/** Whether the files name games of this home. Those of a copy, or of another home's servers, name that one's. */
const areGamesOurs = (box: ServersOf): boolean =>
  !isCopiedHome(box) && !isCopiedFolder(box.servers) && otherHomeOf(box) === undefined;

export function serverOnDisk(box: ServersOf, serverId: string, areOurs = areGamesOurs(box)): ServerOnDisk {
  const { servers } = box;
  const paths = serverPaths(servers, serverId);
  const recordedPid = Number.parseInt(textOf(paths.pidFile), 10);
  const game = gameOf(servers, serverId);
  return {
    serverId,
    record: recordIn(servers, serverId),
    pid: areOurs && game && isAlive(game) ? game.pid : undefined,
    recordedPid: Number.isNaN(recordedPid) ? undefined : recordedPid,
  };
}

/** server.json. Empty if it is missing or damaged. */
export const recordIn = (servers: string, serverId: string): Readonly<Record<string, unknown>> =>
  readJsonObject(serverPaths(servers, serverId).serverJson) ?? {};

/**
 * The game of the newest run, as the wrapper recorded it: two lines of `/proc/<pid>/stat`, its own and the game's, then
 * the boot id. The pid in the pid file may belong to another process now.
 */
function gameOf(servers: string, serverId: string): ProcessIdentity | undefined {
  const newest = runsOf(servers, serverId).at(-1);
  if (newest === undefined) return undefined;
  const [, game = '', bootId = ''] = textOf(serverPaths(servers, serverId).run(newest).identity).split('\n');
  const stat = parseStat(game);
  return stat && { pid: stat.pid, startTime: stat.startTime, bootId: bootId.trim() };
}

/** Run ids of a server, oldest first. As text they sort by age. */
export const runsOf = (servers: string, serverId: string): string[] =>
  namesIn(serverPaths(servers, serverId).runs).sort();

/** The last lines of a small file, such as a journal, oldest first. */
export function lastLines(file: string, count: number, maxBytes = 64 * 1024): string[] {
  let descriptor: number;
  try {
    descriptor = openRegularFile(file);
  } catch {
    return []; // it does not exist, or is no regular file
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

/** The end of a server's last run, in words: how its game ended, and why nobody had to ask for that. */
export interface LastEnd {
  readonly how?: string;
  readonly because?: string;
}

/** As the journal of the last run has it, which outlives a stop. Undefined if that says nothing. */
export function lastEndOf(home: string, serverId: string): LastEnd | undefined {
  const dir = join(boxPaths(home).history(serverId), 'journal');
  const newest = namesIn(dir).sort().at(-1);
  if (newest === undefined) return undefined;
  const entries = lastLines(join(dir, newest), 20).map((line) => parseObject(line));
  const stopped = entries.findLast((entry) => entry?.['type'] === 'stopped');
  const text = (field: string): string | undefined =>
    (typeof stopped?.[field] === 'string' ? stopped[field] : undefined);
  const [how, because] = [text('how'), text('because')];
  return stopped && { ...(how !== undefined && { how }), ...(because !== undefined && { because }) };
}

export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it does not exist
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
