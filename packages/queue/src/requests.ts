import { randomUUID } from 'node:crypto';
import {
  assertServerId,
  PinkyError,
  type BoxCommandResult,
  type CommandResult,
  type ProgressListener,
  type ScheduleView,
  type StartRequest,
} from '@pinky/protocol';
import { parseCommand } from '@pinky/protocol/schemas';
import { checkAndRoute, type CommandTargets } from './commands/check-and-route.js';
import type { RedisCheck } from './examine/redis-check.js';
import type { EventFeed } from './publish/event-feed.js';
import type { RequestHandler } from './routing/queue-socket.js';
import type { RedisReport } from './redis-side.js';
import type { WorkerRegistry } from './routing/worker-registry.js';
import type { UsageSampler } from './usage/usage-sampler.js';

export interface RequestParts extends CommandTargets {
  readonly registry: WorkerRegistry;
  readonly feed: EventFeed;
  readonly usage: UsageSampler;
  /** The schedules of all servers. */
  readonly schedules: () => readonly ScheduleView[];
  readonly redis: () => RedisReport;
  /** Looks at Redis with the settings and files that this process has, and tries what it needs. */
  readonly examine: () => Promise<readonly RedisCheck[]>;
  readonly isStopping: () => boolean;
  readonly define: (start: StartRequest, ifRevision?: number) => Promise<unknown>;
  readonly wantDown: (serverId: string, because: unknown) => Promise<void>;
  readonly drain: (deadlineMs: number, keepsState: boolean) => Promise<unknown>;
}

/** The requests that `queue.sock` answers, by method, with Redis or without: the command line's side of the box. */
export function queueRequests(parts: RequestParts): Readonly<Record<string, RequestHandler>> {
  const { boxCommands, registry, feed, usage, redis, examine, define, wantDown, drain } = parts;
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
      await wantDown(serverId, because);
      return {};
    },
    /** `{data, ifRevision?}`: makes or changes a definition as a start with this data would, and starts nothing. */
    define: async (params) => {
      const { data, ifRevision } = fields(params);
      const { name, data: start } = parseCommand('start', data);
      if (name !== 'start') throw new PinkyError('internal', 'a start was read as another command');
      return define(start, typeof ifRevision === 'number' ? ifRevision : undefined);
    },
    usage: (params) => usage.latest(fields(params)['isPassing'] === true),
    schedules: async () => parts.schedules(),
    redis: async () => redis(),
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

async function command(
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
