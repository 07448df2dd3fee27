import { readFileSync, statSync } from 'node:fs';
import { PinkyError } from '@pinky/protocol';
import { identify, isAlive, type ProcessIdentity } from '@pinky/supervisor/identity';
import type { ChildView, SupervisorView } from '../talk/supervisor.js';

/** A server as it was found: who owned it, and which process its game is. */
export interface FoundServer {
  readonly serverId: string;
  readonly workerPid: number | undefined;
  /** Absent where no game ran. */
  readonly game: ProcessIdentity | undefined;
}

/** What runs before an upgrade, to be compared with what runs afterwards. */
export const serversOf = ({ children }: SupervisorView): readonly FoundServer[] =>
  children
    .flatMap(({ serverId, pid, status }) =>
      serverId === undefined
        ? []
        : [{ serverId, workerPid: pid, game: status?.pid === undefined ? undefined : identify(status.pid) }],
    )
    .sort((a, b) => (a.serverId < b.serverId ? -1 : 1));

/**
 * Whether the worker of a server that was found has come to the new supervisor, or is gone: then there is nobody to
 * come.
 */
export const hasArrived = ({ serverId, workerPid }: FoundServer, children: readonly ChildView[]): boolean =>
  children.some((child) => child.serverId === serverId && child.status) ||
  workerPid === undefined ||
  identify(workerPid) === undefined;

/** Whether a server that was found has a fresh worker by now, or none because it was stopped meanwhile. */
export function isReplaced(server: FoundServer, children: readonly ChildView[]): boolean {
  const now = children.find((child) => child.serverId === server.serverId);
  return now === undefined || (now.pid !== undefined && now.pid !== server.workerPid && now.status !== undefined);
}

/** Whether its game is the very process that it was; true where there was none. */
export const isSameGame = ({ game }: FoundServer): boolean => game === undefined || isAlive(game);

/**
 * The environment that a supervisor was started in: its successor gets the same, whoever calls. Throws `bad_command`
 * where it is another user's, since the successor would be ours.
 */
export function environmentOf(pid: number): NodeJS.ProcessEnv {
  const owner = statSync(`/proc/${pid}`).uid;
  if (owner !== process.getuid?.()) {
    throw new PinkyError(
      'bad_command',
      `the supervisor (pid ${pid}) is user ${owner}'s, and its successor would be ours; upgrade as that user`,
    );
  }
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter((entry) => entry.includes('='));
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}
