import { randomUUID } from 'node:crypto';
import {
  assertServerId,
  assertSettings,
  PinkyError,
  type BoxCommandResult,
  type Clock,
  type CommandResult,
  type ProgressListener,
  type ScheduleView,
} from '@pinky/protocol';
import { parseBoxCommand } from '@pinky/protocol/schemas';
import { checkAndRoute, type CommandTargets } from './commands/check-and-route.js';
import type { Definitions } from './definitions/definitions.js';
import type { RedisCheck } from './examine/redis-check.js';
import type { EventFeed } from './publish/event-feed.js';
import type { RequestHandler } from './routing/queue-socket.js';
import type { QueueFigures, RedisReport } from './redis-side.js';
import type { WorkerRegistry } from './routing/worker-registry.js';
import type { UsageSampler } from './usage/usage-sampler.js';

export interface RequestParts extends CommandTargets {
  readonly registry: WorkerRegistry;
  readonly feed: EventFeed;
  readonly usage: UsageSampler;
  /** The schedules of all servers. */
  readonly schedules: () => readonly ScheduleView[];
  /** Why commands wait for a worker, by server. */
  readonly obstacles: () => Readonly<Record<string, string>>;
  readonly redis: () => Promise<RedisReport>;
  readonly figures: () => Promise<QueueFigures>;
  /** Looks at Redis with the settings and files that this process has, and tries what it needs. */
  readonly examine: () => Promise<readonly RedisCheck[]>;
  readonly isStopping: () => boolean;
  readonly clock: Pick<Clock, 'now'>;
  readonly definitions: Pick<Definitions, 'announced' | 'wantDown'>;
  readonly drain: (deadlineMs: number, keepsState: boolean) => Promise<unknown>;
}

/** The requests that `queue.sock` answers, by method, with Redis or without: the command line's side of the box. */
export function queueRequests(parts: RequestParts): Readonly<Record<string, RequestHandler>> {
  const { boxCommands, registry, feed, usage, redis, examine, definitions, drain } = parts;
  return {
    /** `{name, data, id?}` → CommandResult. */
    command: (params, { progress }) => command(parts, params, progress),
    /** `feed` messages follow until the connection ends. */
    subscribe: async (_params, { peer }) => {
      feed.subscribe(peer);
      return {};
    },
    servers: async () => registry.all().map((worker) => worker.status),
    /**
     * A worker asks for it: its server ended, and not by a command, or was given up. Answered when it is written.
     */
    wantDown: async (params) => {
      const { serverId, because } = fields(params);
      assertServerId(serverId);
      await definitions.wantDown(serverId, because);
      return {};
    },
    /** A worker asks for it: its game has announced `settings`, and had the values of `was` before. */
    settingsChanged: (params) => settingsChanged(parts, params),
    /** `{data, ifRevision?}`: the command `set`. */
    define: (params, { deadlineMs }) => timed(parts, 'set', () => define(parts, params, deadlineMs)),
    usage: (params) => usage.latest(fields(params)['isPassing'] === true),
    schedules: async () => parts.schedules(),
    /** Why commands wait for a worker, by the ids of their servers. */
    waiting: async () => parts.obstacles(),
    redis: () => redis(),
    figures: () => parts.figures(),
    examine: () => examine(),
    explain: async (params, { deadlineMs }) => {
      const { serverId } = fields(params);
      assertServerId(serverId);
      return boxCommands.explain(serverId, deadlineMs);
    },
    /** The supervisor asks for it, with `{keepState: true}` where the box is not being stopped. */
    drain: async (params, { deadlineMs }) => drain(Math.max(0, deadlineMs - 250), fields(params)['keepState'] === true),
  };
}

/** Counts how long the answer took, whatever it is. */
async function timed<T>({ times, clock }: RequestParts, name: unknown, answer: () => Promise<T>): Promise<T> {
  const takenAt = clock.now();
  try {
    return await answer();
  } finally {
    times.answered('socket', name, takenAt);
  }
}

async function settingsChanged({ definitions }: RequestParts, params: unknown): Promise<object> {
  const { serverId, settings, was } = fields(params);
  assertServerId(serverId);
  assertSettings('settings', fields(settings));
  await definitions.announced(serverId, fields(settings), fields(was));
  return {};
}

async function define({ boxCommands }: RequestParts, params: unknown, deadlineMs: number): Promise<BoxCommandResult> {
  const { data, ifRevision } = fields(params);
  const asked = parseBoxCommand('set', { ...fields(data), ...(ifRevision !== undefined && { ifRevision }) });
  if (!asked) throw new PinkyError('internal', 'set was read as another command');
  return boxCommands.answer(asked, { id: `socket:${randomUUID()}`, deadlineMs });
}

function command(
  parts: RequestParts,
  params: unknown,
  onProgress: ProgressListener,
): Promise<CommandResult | BoxCommandResult> {
  return timed(parts, fields(params)['name'], () => obey(parts, params, onProgress));
}

async function obey(
  parts: RequestParts,
  params: unknown,
  onProgress: ProgressListener,
): Promise<CommandResult | BoxCommandResult> {
  const { name, data, id } = fields(params);
  if (parts.isStopping() && (name === 'start' || name === 'restart' || name === 'restore')) {
    throw new PinkyError('box_stopping', `this box is stopping: ${name} was not run`);
  }
  return checkAndRoute(parts, {
    name,
    data,
    id: typeof id === 'string' && id !== '' ? id : `socket:${randomUUID()}`,
    onProgress,
  });
}

const fields = (params: unknown): Record<string, unknown> =>
  // an object that is not an array
  (typeof params === 'object' && params !== null && !Array.isArray(params) ? params as Record<string, unknown> : {});
