import {
  asPinkyError,
  boxPaths,
  requestOnce,
  type BoxConfig,
  type PinkyError,
  type ServerStatus,
} from '@pinky/protocol';
import { readStat } from '@pinky/supervisor/identity';
import { greeting } from '../talk/greeting.js';
import type { Usage } from '../talk/queue.js';
import { askForTree, type ChildView, type SupervisorView } from '../talk/supervisor.js';
import { serversOnDisk, type ServerOnDisk } from './disk.js';
import { findProcesses, startedAt } from './processes.js';

/** One of Pinky's processes on the box, or its private Redis. */
export interface ProcessView {
  readonly role: string;
  /** Absent while it is between two lives. */
  readonly pid?: number;
  readonly state: string;
  /** Unix milliseconds since when it runs. */
  readonly since?: number;
  readonly restarts?: number;
  readonly heartbeatAgeMs?: number;
}

/** One game server, from the best source that answers. */
export interface ServerView {
  readonly serverId: string;
  readonly state: string;
  readonly game?: string;
  readonly wanted?: string;
  readonly isBackingUp?: boolean;
  readonly since?: number;
  readonly port?: number;
  readonly pid?: number;
  readonly players?: readonly string[];
  /** Relaunches of the game. */
  readonly restarts?: number;
  readonly because?: string;
  readonly next?: string;
  readonly nextAt?: number;
  readonly cpuPercent?: number;
  readonly memoryBytes?: number;
  readonly worker?: ProcessView;
}

/** Everything that `pinky ps` shows. */
export interface BoxView {
  readonly home: string;
  readonly box: string | undefined;
  readonly version: string | undefined;
  /** Who of the box answers. */
  readonly answers: { readonly supervisor: boolean; readonly queue: boolean };
  readonly processes: readonly ProcessView[];
  readonly servers: readonly ServerView[];
  /** A heartbeat that is older than this is late: two of them have been missed. Milliseconds. */
  readonly lateAfterMs: number;
  /** What could not be learned, and what that means; for people. */
  readonly notes: readonly string[];
}

/** A look is quick or it is no look, milliseconds. */
const lookMs = 2000;

/** Asks everybody at once and joins what they say; where nobody answers, the files and /proc have to do. */
export async function viewBox(home: string, config: BoxConfig): Promise<BoxView> {
  const [tree, statuses, usage] = await Promise.all([
    askForTree(home, lookMs).catch((error: unknown) => asPinkyError(error)),
    askQueue<readonly ServerStatus[]>(home, 'servers'),
    askQueue<Readonly<Record<string, Usage>>>(home, 'usage'),
  ]);
  const supervisor = tree instanceof Error ? undefined : tree;
  const found = supervisor ? undefined : findProcesses(home);
  const workers = supervisor
    ? workersOf(supervisor)
    : workersOf({ children: found?.filter((one) => one.role !== 'supervisor').map(asChild) ?? [] });
  const known = new Map(
    [...workers.values()].flatMap((child) => (child.status ? [[child.status.serverId, child.status] as const] : [])),
  );
  for (const status of statuses ?? []) known.set(status.serverId, known.get(status.serverId) ?? status);
  const onDisk = new Map(serversOnDisk(config.servers).map((server) => [server.serverId, server]));
  const ids = [...new Set([...workers.keys(), ...known.keys(), ...onDisk.keys()])].sort();
  return {
    home,
    box: supervisor?.box ?? config.box,
    version: supervisor?.version,
    answers: { supervisor: supervisor !== undefined, queue: statuses !== undefined },
    processes: supervisor
      ? ownProcesses(supervisor)
      : (found ?? [])
          .filter((one) => one.role !== 'worker' && one.role !== 'funpack-runner')
          .map((one) => processView(asChild(one), one.role)),
    servers: ids.map((id) =>
      serverView({
        id,
        status: known.get(id),
        disk: onDisk.get(id),
        worker: workers.get(id),
        usage: usage?.[id],
      }),
    ),
    lateAfterMs: 2.5 * config.worker.heartbeatIntervalMs,
    notes: notesOf(tree instanceof Error ? tree : undefined, statuses !== undefined, (found ?? []).length + ids.length),
  };
}

async function askQueue<T>(home: string, method: string): Promise<T | undefined> {
  try {
    // The shape of the queue's answers is fixed between our own processes.
    return (await requestOnce(
      { path: boxPaths(home).queueSocket },
      method,
      {},
      { deadlineMs: lookMs, greet: greeting() },
    )) as T;
  } catch {
    return undefined; // away: the notes say so
  }
}

const workersOf = (tree: Pick<SupervisorView, 'children'>): Map<string, ChildView> =>
  new Map(
    tree.children.flatMap((child) =>
      child.role === 'worker' && child.serverId !== undefined ? [[child.serverId, child] as const] : [],
    ),
  );

const asChild = (found: { pid: number; role: string; title: string; serverId: string | undefined }): ChildView =>
  // A process that is found by its title has one of the roles that titles have.
  ({
    pid: found.pid,
    role: found.role as ChildView['role'],
    title: found.title,
    ...(found.serverId !== undefined && { serverId: found.serverId }),
  });

function ownProcesses(tree: SupervisorView): ProcessView[] {
  const self: ProcessView = {
    role: 'supervisor',
    pid: tree.pid,
    state: tree.phase ?? 'running',
    since: tree.since,
  };
  return [
    self,
    ...tree.children.filter((child) => child.role !== 'worker').map((child) => processView(child, child.role)),
  ];
}

function processView(child: ChildView, role: string): ProcessView {
  const stat = child.pid === undefined ? undefined : readStat(child.pid);
  return {
    role: role === 'redis' ? 'redis-server' : role,
    state: child.state ?? (stat ? 'running' : 'gone'),
    ...(child.pid !== undefined && { pid: child.pid }),
    ...(stat && { since: startedAt(stat) }),
    ...(child.restarts !== undefined && { restarts: child.restarts }),
    ...(child.heartbeatAgeMs !== undefined && { heartbeatAgeMs: child.heartbeatAgeMs }),
  };
}

interface ServerSources {
  readonly id: string;
  readonly status: ServerStatus | undefined;
  readonly disk: ServerOnDisk | undefined;
  readonly worker: ChildView | undefined;
  readonly usage: Usage | undefined;
}

function serverView({ id, status, disk, worker, usage }: ServerSources): ServerView {
  const { game, ...seen } = status ?? diskStatus(id, disk);
  return {
    ...seen,
    ...(game && { game }),
    ...usage,
    ...(worker && { worker: processView(worker, 'worker') }),
  };
}

/** What the files tell where no worker does: server.json is the worker's record. */
function diskStatus(serverId: string, disk: ServerOnDisk | undefined): ServerView {
  const { port, wanted, restarts, failed } = disk?.record ?? {};
  const stat = disk?.pid === undefined ? undefined : readStat(disk.pid);
  const failure =
    typeof failed === 'object' && failed !== null && 'message' in failed ? String(failed.message) : undefined;
  return {
    serverId,
    state: disk?.pid !== undefined ? 'running' : failure === undefined ? 'not running' : 'failed',
    ...(typeof port === 'number' && { port }),
    ...(typeof wanted === 'string' && { wanted }),
    ...(typeof restarts === 'number' && { restarts }),
    ...(failure !== undefined && { because: failure }),
    ...(disk?.pid !== undefined && { pid: disk.pid }),
    ...(stat && { since: startedAt(stat) }),
  };
}

function notesOf(trouble: PinkyError | undefined, isQueueThere: boolean, left: number): string[] {
  if (trouble?.code === 'supervisor_unreachable') {
    if (left === 0) return ['the box is not running; `pinky up --daemonize` starts it'];
    return [
      'no supervisor runs; shown is what files and /proc say. What runs goes on without it; `pinky up --daemonize` ' +
        'takes it over',
    ];
  }
  if (trouble) {
    return [
      `the supervisor does not answer (${trouble.message}); shown is what files and /proc say. Games run on without it`,
    ];
  }
  return isQueueThere
    ? []
    : ['the queue does not answer; the supervisor starts it again by itself. Games run on without it'];
}
