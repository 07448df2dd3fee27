import {
  asPinkyError,
  boxPaths,
  readMaintenance,
  readWrittenDefinition,
  type BoxConfig,
  type PinkyError,
  type ScheduleView,
  type ServerStatus,
} from '@pinky/protocol';
import type { RedisReport, ServerUsage } from '@pinky/queue';
import { identify } from '@pinky/supervisor/identity';
import { backupNotes } from '../known/backup-notes.js';
import { failingChildren, failureNotes } from '../known/failing-children.js';
import { isolationNotes } from '../known/isolation-words.js';
import { otherCopyNotes } from '../known/other-copy.js';
import { missedText } from '../known/schedule-words.js';
import { askForQueueView } from '../talk/queue-view.js';
import { askForTree, isSocket, socketGone, wayOutOf, type SeenChild, type SupervisorView } from '../talk/supervisor.js';
import { removedNotes } from '../known/removed-release.js';
import { unsavedParks } from '../known/unsaved-worlds.js';
import { serversOnDisk, type ServerOnDisk } from './disk.js';
import { damageNotes, ownRedisRow, redisNotes, socketNotes, withoutSocket } from './redis-row.js';
import { processRow, type ProcessRow } from './process-row.js';
import { openFilesOf } from './open-files.js';
import { findProcesses, type FoundProcess } from './processes.js';
import { serverRow, type ServerRow } from './server-row.js';
import { readUsage } from './usage.js';

/** Everything that `pinky ps` shows. */
export interface BoxView {
  readonly home: string;
  readonly box: string | undefined;
  readonly version: string | undefined;
  /** Which processes answer. */
  readonly answers: { readonly supervisor: boolean; readonly queue: boolean };
  readonly processes: readonly ProcessRow[];
  readonly servers: readonly ServerRow[];
  /** A heartbeat older than this is late: two of them are missing. Milliseconds. */
  readonly lateAfterMs: number;
  /** The schedules, the one that runs next first. None without a queue, which would obey them. */
  readonly schedules: readonly ScheduleView[];
  /** How the queue stands with Redis. Undefined if the queue does not say. */
  readonly redis?: RedisReport;
  /** Tells people what is unknown, and what that means. */
  readonly notes: readonly string[];
}

/** How long each answer may take, in milliseconds. */
const lookMs = 2000;

/** Asks supervisor and queue at once and joins their answers. For what they do not answer, it reads files and /proc. */
export async function viewBox(home: string, config: BoxConfig): Promise<BoxView> {
  const [tree, { statuses, usage, redis, schedules = [], waiting = {} }] = await Promise.all([
    askForTree(home, lookMs).catch((error: unknown) => asPinkyError(error)),
    askForQueueView(home),
  ]);
  const supervisor = tree instanceof Error ? undefined : tree;
  const found = supervisor ? [] : findProcesses(home);
  const rows = serverRows(supervisor?.children ?? found.map(asChild), statuses ?? [], serversOnDisk(config));
  const servers = rows.map((row) => withWish(home, row));
  const processes = withoutSocket(config, supervisor ? ownProcesses(supervisor) : foundProcesses(found));
  return {
    home,
    box: supervisor?.box ?? config.box,
    version: supervisor?.version,
    answers: { supervisor: supervisor !== undefined, queue: statuses !== undefined },
    processes: [...processes, ...ownRedisRow(config, redis)],
    servers: withUsage(servers, usage ?? (await readUsage(pidsOf(servers)))),
    schedules,
    lateAfterMs: 2.5 * config.worker.heartbeatIntervalMs,
    notes: [
      ...notesOf(
        tree instanceof Error ? tree : undefined,
        statuses ? [] : queueNotes(home, supervisor?.children ?? found.map(asChild)),
        found.length + servers.filter(({ pid, worker }) => pid !== undefined || worker).length,
      ),
      ...(supervisor ? treeNotes(home, supervisor) : []),
      ...socketNotes(config, processes),
      ...damageNotes(config, processes),
      ...redisNotes(supervisor?.box ?? config.box, redis),
      ...roomNotes(supervisor?.children ?? [], waiting),
      ...isolationNotes(config),
      ...(await unsavedParks(config)).map(({ serverId, path, because }) =>
        `no backup holds all of the world of ${serverId} in ${path}: ${because}`),
      ...backupNotes(readMaintenance(home)),
      ...schedules.flatMap((schedule) => missedText(schedule) ?? []),
    ],
    ...(redis && { redis }),
  };
}

const treeNotes = (home: string, { removed, children }: SupervisorView): readonly string[] => [
  ...removedNotes(removed),
  ...otherCopyNotes(children),
  ...failureNotes(home, children),
];

/** One row for each server that has a worker, a status or a folder. */
function serverRows(
  children: readonly SeenChild[],
  statuses: readonly ServerStatus[],
  servers: readonly ServerOnDisk[],
): readonly ServerRow[] {
  const workers = new Map(
    children.flatMap((child) =>
      child.role === 'worker' && child.serverId !== undefined ? [[child.serverId, child] as const] : [],
    ),
  );
  const known = new Map(statuses.map((status) => [status.serverId, status]));
  for (const { status } of workers.values()) if (status) known.set(status.serverId, status);
  const onDisk = new Map(servers.map((server) => [server.serverId, server]));
  const ids = [...new Set([...workers.keys(), ...known.keys(), ...onDisk.keys()])].sort();
  return ids.map((id) => {
    const worker = workers.get(id);
    return serverRow(id, {
      status: known.get(id),
      disk: onDisk.get(id),
      worker: worker && processRow(worker),
    });
  });
}

/** The definition says what is wanted. A worker without a server knows nothing of it. */
function withWish(home: string, row: ServerRow): ServerRow {
  const known = readWrittenDefinition(home, row.serverId);
  return { ...row, ...(typeof known === 'object' && { wanted: known.wanted }) };
}

const pidsOf = (servers: readonly ServerRow[]): ReadonlyMap<string, number> =>
  new Map(servers.flatMap(({ serverId, pid }) => (pid === undefined ? [] : [[serverId, pid] as const])));

const withUsage = (servers: readonly ServerRow[], usage: Readonly<Record<string, ServerUsage>>): readonly ServerRow[] =>
  servers.map((server) => ({ ...server, ...usage[server.serverId] }));

const asChild = ({ pid, role, title, serverId }: FoundProcess): SeenChild => ({
  pid,
  role,
  title,
  ...(serverId !== undefined && { serverId }),
});

function ownProcesses({ pid, phase, since, children }: SupervisorView): ProcessRow[] {
  const others = children.filter((child) => child.role !== 'worker');
  return [
    { role: 'supervisor', pid, state: phase ?? 'running', since },
    ...others.map(processRow),
  ];
}

const foundProcesses = (found: readonly FoundProcess[]): ProcessRow[] =>
  found
    .filter(({ role }) => role !== 'worker' && role !== 'funpack-runner')
    .map((one) => processRow(asChild(one)));

function notesOf(trouble: PinkyError | undefined, aboutQueue: readonly string[], left: number): readonly string[] {
  if (trouble?.code === 'supervisor_unreachable') {
    if (left === 0) return ['the box is not running; `pinky up --daemonize` starts it'];
    return [
      'no supervisor runs; this is what files and /proc show. What runs keeps running without it; `pinky up ' +
        '--daemonize` takes over if no other box has this one\'s name',
    ];
  }
  if (trouble?.code === 'socket_gone') {
    return [`${trouble.message}. Until then this is what files and /proc show; games keep running. ${trouble.remedy}`];
  }
  if (trouble?.code === 'home_moved') return [`${trouble.message}; ${trouble.remedy}`];
  if (trouble) {
    return [
      `${trouble.message}; ${trouble.remedy}. This is what files and /proc show; games keep running`,
    ];
  }
  return aboutQueue;
}

/** Processes that cannot be started, for want of room or of their program, and commands that wait for one of them. */
const roomNotes = (children: readonly SeenChild[], waiting: Readonly<Record<string, string>>): string[] => [
  ...children
    .filter(({ serverId, notStarted }) => notStarted !== undefined && waiting[serverId ?? ''] === undefined)
    .map(({ role, serverId, notStarted }) =>
      `the ${role}${serverId === undefined ? '' : ` of ${serverId}`} cannot be started: ${notStarted}; it is tried ` +
        'again by itself, and `pinky doctor` says what is used up. Games keep running'),
  ...Object.values(waiting).map((because) => `a command waits for its worker: ${because}`),
];

/** Why the queue does not answer. */
function queueNotes(home: string, processes: readonly SeenChild[]): string[] {
  if (failingChildren(home, processes).some(({ role }) => role === 'queue')) return []; // that is said already
  const { queueSocket } = boxPaths(home);
  const pid = processes.find(({ role }) => role === 'queue')?.pid;
  const files = pid === undefined ? undefined : openFilesOf(pid);
  if (files && files.used >= files.most) {
    return [`the queue (pid ${pid}) can open no more files, and so answers nobody (EMFILE: ${files.used} of ` +
      `${files.most} are open); \`pinky doctor\` says how to raise the limit. Games keep running without it`];
  }
  if (pid === undefined || identify(pid) === undefined || isSocket(queueSocket)) {
    const wayOut = pid === undefined || identify(pid) === undefined ? '' : `; ${wayOutOf('queue', pid)}`;
    return [`the queue does not answer; the supervisor restarts it by itself. Games keep running without it${wayOut}`];
  }
  return [`the queue does not answer: ${socketGone('queue', pid, queueSocket).message}. Games keep running without it`];
}
