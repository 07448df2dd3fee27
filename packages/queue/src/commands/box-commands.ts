import {
  PinkyError,
  type BackupsResult,
  type BoxCommand,
  type BoxCommandResult,
  type ExplainResult,
  type CatalogueAsk,
  type FetchResult,
  type OneBackupResult,
  type SetData,
  type SetResult,
  type StartRequest,
  type StatusResult,
  type WantedState,
} from '@pinky/protocol';
import { explainWithoutWorker } from '../routing/explain-without-worker.js';
import type { SupervisorLink } from '../routing/supervisor-link.js';
import type { WorkerRegistry } from '../routing/worker-registry.js';
import type { DistributionCommands } from '../distributions/distribution-commands.js';
import type { BoxCommandTerms } from './box-command-terms.js';
import type { ScheduleCommands } from '../schedules/schedule-commands.js';
import type { Restores } from './restores.js';

export interface BoxCommandsOptions {
  readonly registry: Pick<WorkerRegistry, 'all' | 'get' | 'lastStatus'>;
  /** Why commands of a server wait for a worker. */
  readonly obstacleOf: (serverId: string) => string | undefined;
  /** Whether a server needs a worker. */
  readonly isExpected: (serverId: string) => boolean;
  readonly supervisor: Pick<SupervisorLink, 'fetch' | 'askCatalogue'>;
  readonly restores: Pick<Restores, 'restore'>;
  /** Late: they need Redis, whose side needs these commands. */
  readonly distributions: () => Pick<DistributionCommands, 'answer'>;
  readonly schedules: Pick<ScheduleCommands, 'answer' | 'views'>;
  /** Changes and knows what servers are. */
  readonly definitions: {
    define(start: StartRequest, ifRevision?: number): Promise<SetResult>;
    isKnown(serverId: string): boolean;
    wantedOf(serverId: string): WantedState | undefined;
  };
}

/** How long a worker may take to explain itself, milliseconds. */
const explainDeadlineMs = 5_000;

/** Answers the commands that need no worker of their own, by job, list and socket alike. */
export class BoxCommands {
  constructor(private readonly options: BoxCommandsOptions) {}

  answer(command: BoxCommand, terms: BoxCommandTerms): Promise<BoxCommandResult> {
    switch (command.name) {
      case 'status': return this.#status(command.data.serverId);
      case 'explain': return this.explain(command.data.serverId, terms.deadlineMs);
      // The supervisor is our own, and answers a FetchResult.
      case 'fetch': return this.options.supervisor.fetch(command.data, terms) as Promise<FetchResult>;
      case 'backups': return this.#backups(command, terms);
      case 'set': return this.#set(command.data);
      case 'restore': return this.options.restores.restore(command.data, terms);
      case 'distribute': case 'distributions': case 'distribution cancel': case 'distribution wave':
        return this.options.distributions().answer(command, terms);
      case 'schedule add': case 'schedule edit': case 'schedule rm': case 'schedule run': case 'schedule ls':
        return this.options.schedules.answer(command, terms);
      default: return this.options.supervisor.askCatalogue(command, terms) as Promise<OneBackupResult>;
    }
  }

  /** Throws what the worker answers, or `deadline_exceeded` if it hangs. */
  async explain(serverId: string, deadlineMs: number): Promise<ExplainResult> {
    const { schedules } = this.options;
    const views = schedules.views(serverId);
    const explained = this.#withWish(await this.#explain(serverId, deadlineMs));
    return { ...explained, ...(views.length > 0 && { schedules: views }) };
  }

  /** The definition says what is wanted. A worker without a server knows nothing of it. */
  #withWish<T extends { readonly serverId: string }>(server: T): T {
    const wanted = this.options.definitions.wantedOf(server.serverId);
    return { ...server, ...(wanted && { wanted }) };
  }

  async #explain(serverId: string, deadlineMs: number): Promise<ExplainResult> {
    const { registry, isExpected, obstacleOf } = this.options;
    const worker = registry.get(serverId);
    if (!worker) {
      const last = registry.lastStatus(serverId);
      return explainWithoutWorker(serverId, isExpected(serverId), last, obstacleOf(serverId));
    }
    const most = Math.min(deadlineMs, explainDeadlineMs);
    const answer = await worker.peer.request('explain', {}, { deadlineMs: most });
    // It comes from our own worker: the status, and beside it the other facts of an ExplainResult.
    const { status, ...facts } = answer as { readonly status: ExplainResult };
    return { ...status, ...facts };
  }

  #set({ ifRevision, ...data }: SetData): Promise<SetResult> {
    return this.options.definitions.define(data, ifRevision);
  }

  async #backups(command: CatalogueAsk & { name: 'backups' }, terms: BoxCommandTerms): Promise<BackupsResult> {
    const { supervisor, definitions, isExpected } = this.options;
    const { servers } = (await supervisor.askCatalogue(command, terms)) as BackupsResult;
    const isGone = (serverId: string): boolean => !definitions.isKnown(serverId) && !isExpected(serverId);
    return { servers: servers.map((one) => ({ ...one, ...(isGone(one.serverId) && { isGone: true as const }) })) };
  }

  async #status(serverId: string | undefined): Promise<StatusResult> {
    const { registry, isExpected } = this.options;
    if (serverId === undefined) return { servers: registry.all().map(({ status }) => this.#withWish(status)) };
    const known = registry.get(serverId)?.status;
    if (known) return { servers: [this.#withWish(known)] };
    if (!isExpected(serverId)) return { servers: [{ serverId, state: 'down' }] };
    const last = registry.lastStatus(serverId);
    if (last) return { servers: [this.#withWish(last)] };
    throw new PinkyError('worker_unreachable', `server ${serverId}: its worker is away, and has not said anything yet`);
  }
}
