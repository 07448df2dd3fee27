import { readFileSync, statSync } from 'node:fs';
import { PinkyError } from '@pinky/protocol';
import { identify, isAlive, type ProcessIdentity } from '@pinky/supervisor/identity';
import type { ServerOnDisk } from '../observe/disk.js';
import type { SeenChild, SupervisorView } from '../talk/supervisor.js';

/** A server before the upgrade: its worker, and the process of its game. */
export interface FoundServer {
  readonly serverId: string;
  readonly workerPid: number | undefined;
  /** Absent if no game ran. */
  readonly game: ProcessIdentity | undefined;
}

/**
 * The servers before an upgrade, to compare with those afterwards: by what their workers say, and where a worker is
 * dead or silent just now, by the files of the servers.
 */
export function serversOf({ children }: SupervisorView, onDisk: readonly ServerOnDisk[]): readonly FoundServer[] {
  const playing = new Map(onDisk.flatMap(({ serverId, pid }) => (pid === undefined ? [] : [[serverId, pid]])));
  const told = children.flatMap(({ serverId, pid, status }) =>
    (serverId === undefined ? [] : [{ serverId, pid, status }]));
  const silent = [...playing.keys()].filter((id) => !told.some(({ serverId }) => serverId === id));
  return [...told, ...silent.map((serverId) => ({ serverId, pid: undefined, status: undefined }))]
    .map(({ serverId, pid, status }) => {
      const game = status?.pid ?? playing.get(serverId);
      return { serverId, workerPid: pid, game: game === undefined ? undefined : identify(game) };
    })
    .sort((a, b) => (a.serverId < b.serverId ? -1 : 1));
}

/** Whether the worker of a server has connected to the new supervisor. True if it has ended: then none will come. */
export const hasArrived = ({ serverId, workerPid }: FoundServer, children: readonly SeenChild[]): boolean =>
  children.some((child) => child.serverId === serverId && child.status) ||
  workerPid === undefined ||
  identify(workerPid) === undefined;

/** Whether a server has a new worker, or none because it was stopped meanwhile. */
export function isReplaced(server: FoundServer, children: readonly SeenChild[]): boolean {
  const now = children.find((child) => child.serverId === server.serverId);
  return now === undefined || (now.pid !== undefined && now.pid !== server.workerPid && now.status !== undefined);
}

/** Whether its game is the very process that it was; true if there was none. */
export const isSameGame = ({ game }: FoundServer): boolean => game === undefined || isAlive(game);

/** Whether a process belongs to the user that we are. */
export const isSameUser = (pid: number): boolean => ownerOf(pid) === process.getuid?.();

const ownerOf = (pid: number): number => statSync(`/proc/${pid}`).uid;

/**
 * The environment of a supervisor, for its successor. Throws `bad_command` if it belongs to another user, because the
 * successor would belong to us.
 */
export function environmentOf(pid: number): NodeJS.ProcessEnv {
  if (!isSameUser(pid)) {
    throw new PinkyError(
      'bad_command',
      `the supervisor (pid ${pid}) is user ${ownerOf(pid)}'s, and its successor would be ours; upgrade as that user`,
    );
  }
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter((entry) => entry.includes('='));
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}
