import { randomUUID } from 'node:crypto';
import { assertServerId, PinkyError, type CommandResult } from '@pinky/protocol';
import { checkAndRoute } from './commands/check-and-route.js';
import type { RedisCheck } from './examine/redis-check.js';
import type { EventFeed } from './publish/event-feed.js';
import { explainWithoutWorker, type RequestHandler } from './routing/queue-socket.js';
import type { RedisReport } from './redis-side.js';
import type { Router } from './routing/router.js';
import type { WorkerRegistry } from './routing/worker-registry.js';
import type { UsageSampler } from './usage/usage-sampler.js';

export interface RequestParts {
  readonly router: Router;
  readonly registry: WorkerRegistry;
  readonly feed: EventFeed;
  readonly usage: UsageSampler;
  readonly isExpected: (serverId: string) => boolean;
  readonly redis: () => RedisReport;
  /** Looks at Redis with the settings and files that this process has, and tries what it needs. */
  readonly examine: () => Promise<readonly RedisCheck[]>;
  readonly isStopping: () => boolean;
  readonly drain: (deadlineMs: number, keepsState: boolean) => Promise<unknown>;
}

/** How long a worker may take to explain itself, milliseconds. */
const explainDeadlineMs = 5_000;

/** The requests that `queue.sock` answers, by method, with Redis or without: the command line's side of the box. */
export function queueRequests(parts: RequestParts): Readonly<Record<string, RequestHandler>> {
  const { router, registry, feed, usage, isExpected, redis, examine, isStopping, drain } = parts;
  return {
    /** `{name, data, id?}` → CommandResult. */
    command: async (params, { progress }): Promise<CommandResult> => {
      const { name, data, id } = fields(params);
      if (isStopping() && (name === 'start' || name === 'restart')) {
        throw new PinkyError('box_stopping', `this box is stopping: ${name} was not run`);
      }
      return checkAndRoute(router, {
        name,
        data,
        id: typeof id === 'string' && id !== '' ? id : `socket:${randomUUID()}`,
        onProgress: progress,
      });
    },
    /** `feed` messages follow until the connection ends. */
    subscribe: async (_params, { peer }) => {
      feed.subscribe(peer);
      return {};
    },
    servers: async () => registry.all().map((worker) => worker.status),
    usage: () => usage.latest(),
    redis: async () => redis(),
    examine: () => examine(),
    explain: async (params, { deadlineMs }) => {
      const { serverId } = fields(params);
      assertServerId(serverId);
      const worker = registry.get(serverId);
      if (worker) return worker.peer.request('explain', {}, { deadlineMs: Math.min(deadlineMs, explainDeadlineMs) });
      return explainWithoutWorker(serverId, isExpected(serverId), registry.lastStatus(serverId));
    },
    /** The supervisor asks for it, with `{keepState: true}` where the box is not being stopped. */
    drain: async (params, { deadlineMs }) => drain(Math.max(0, deadlineMs - 250), fields(params)['keepState'] === true),
  };
}

const fields = (params: unknown): Record<string, unknown> =>
  // an object that is no array
  (typeof params === 'object' && params !== null && !Array.isArray(params) ? params as Record<string, unknown> : {});
