import { identify, readStat } from '@pinky/supervisor/identity';
import type { SeenChild } from '../talk/supervisor.js';
import { startedAt } from './processes.js';

/** One process of the box. */
export interface ProcessRow {
  readonly role: string;
  /** Absent between two processes of a child. */
  readonly pid?: number;
  readonly state: string;
  /** Where the API listens. */
  readonly address?: string;
  /** When it started, in Unix milliseconds. */
  readonly since?: number;
  readonly restarts?: number;
  readonly heartbeatAgeMs?: number;
  /** Milliseconds until it is started again, in the pause after its end. */
  readonly startsInMs?: number;
}

export function processRow(child: SeenChild): ProcessRow {
  // whoever says that it runs may not have noticed its end yet
  const stat = child.pid === undefined || identify(child.pid) === undefined ? undefined : readStat(child.pid);
  const isGone = child.pid !== undefined && stat === undefined;
  return {
    role: child.role === 'redis' ? 'redis-server' : child.role,
    state: isGone ? 'gone' : (child.state ?? (stat ? 'running' : 'gone')),
    ...addressOf(child),
    ...(child.pid !== undefined && { pid: child.pid }),
    ...(stat && { since: startedAt(stat) }),
    ...(child.restarts !== undefined && { restarts: child.restarts }),
    ...(child.heartbeatAgeMs !== undefined && { heartbeatAgeMs: child.heartbeatAgeMs }),
    ...(child.startsInMs !== undefined && { startsInMs: child.startsInMs }),
  };
}

/** The title of the API ends with its address, once it listens. */
function addressOf({ role, title }: SeenChild): Pick<ProcessRow, 'address'> {
  const address = role === 'api' ? /\] (\S+:\d+)$/.exec(title ?? '')?.[1] : undefined;
  return address === undefined ? {} : { address };
}
