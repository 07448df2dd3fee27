import type { NamedPorts, ServerStatus } from '@pinky/protocol';
import { readStat } from '@pinky/supervisor/identity';
import type { ServerOnDisk } from './disk.js';
import type { ProcessRow } from './process-row.js';
import { startedAt } from './processes.js';

/** One game server, from the best source that answers. */
export interface ServerRow {
  readonly serverId: string;
  readonly state: string;
  readonly game?: string;
  readonly wanted?: string;
  readonly isBackingUp?: boolean;
  readonly since?: number;
  readonly port?: number;
  /** The other ports that its funpack names. */
  readonly ports?: NamedPorts;
  /** Things that are not as they should be, a sentence each. */
  readonly warnings?: readonly string[];
  readonly pid?: number;
  readonly players?: readonly string[];
  /** Nobody can know who is connected. */
  readonly arePlayersUnknown?: true;
  /** How often the game was relaunched. */
  readonly restarts?: number;
  readonly because?: string;
  /** The revision of the definition that it was started with. */
  readonly revision?: number;
  readonly next?: string;
  readonly nextAt?: number;
  readonly cpuPercent?: number;
  readonly memoryBytes?: number;
  readonly worker?: ProcessRow;
}

const unwatched = 'its game runs on, and it has no worker now; a supervisor starts one';

/** Its worker's status if there is one, otherwise what its files say. */
export function serverRow(
  serverId: string,
  { status, disk, worker }: {
    readonly status: ServerStatus | undefined;
    readonly disk: ServerOnDisk | undefined;
    readonly worker: ProcessRow | undefined;
  },
): ServerRow {
  const hasWorker = worker?.pid !== undefined && worker.state !== 'gone';
  const { game, ...seen } = status ?? rowFromDisk(serverId, disk, hasWorker);
  return { ...seen, ...(game && { game }), ...(worker && { worker }) };
}

/** server.json is the worker's own record. A game that runs without a worker is well, but nobody watches it. */
function rowFromDisk(serverId: string, disk: ServerOnDisk | undefined, hasWorker: boolean): ServerRow {
  const { port, wanted, restarts, failed } = disk?.record ?? {};
  const stat = disk?.pid === undefined ? undefined : readStat(disk.pid);
  const failure =
    typeof failed === 'object' && failed !== null && 'message' in failed ? String(failed.message) : undefined;
  return {
    serverId,
    state: disk?.pid !== undefined ? (hasWorker ? 'running' : 'unwatched') : failed ? 'failed' : 'not running',
    ...(typeof port === 'number' && { port }),
    ...(typeof wanted === 'string' && { wanted }),
    ...(typeof restarts === 'number' && { restarts }),
    ...(failure !== undefined && { because: failure }),
    ...(disk?.pid !== undefined && !hasWorker && { because: unwatched }),
    ...(disk?.pid !== undefined && { pid: disk.pid }),
    ...(stat && { since: startedAt(stat) }),
  };
}
