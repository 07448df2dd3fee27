import {
  assertServerId,
  hasFields,
  PinkyError,
  type BoxConfig,
  type CatalogueAsk,
  type FetchData,
  type RequestContext,
  type ServerStatus,
} from '@pinky/protocol';
import { lacksRoom, type ProcessExit, type TreeChild } from '@pinky/supervisor';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BoxChildren } from '../children/box-children.js';
import { apiName, queueName, redisName, serverIdOf, webhooksName, workerName } from '../children/child-names.js';
import type { BoxPrograms } from '../children/child-specs.js';
import type { ChildFailure } from './child-failures.js';
import { askCatalogue } from './ask-catalogue.js';
import { fetchToCache } from './fetch-to-cache.js';
import { OtherCopies } from './other-copies.js';
import { shutdownModes, type Phase, type ShutdownMode } from './phases.js';

/** One child in the answer to `ps`. */
export interface ChildAnswer {
  readonly role: 'queue' | 'worker' | 'redis' | 'api' | 'webhooks';
  /** Absent between two processes of this child. */
  readonly pid?: number;
  /** Its title, as ps(1) shows it. */
  readonly title?: string;
  readonly state: TreeChild['state'];
  readonly serverId?: string;
  readonly status?: ServerStatus;
  readonly restarts: number;
  readonly heartbeatAgeMs?: number;
  /** Milliseconds until it is started again, in the pause after its end. */
  readonly startsInMs?: number;
  /** Why no process of it could be started just now. */
  readonly notStarted?: string;
  /** It ends again and again, and has not come so far as to greet us since. */
  readonly failure?: ChildFailure;
  /** The folder of another copy of Pinky, whose programs it runs. */
  readonly otherCopy?: string;
}

/** The answer to `ps`. `since` is Unix milliseconds. */
export interface PsAnswer {
  readonly box: string;
  readonly version: string;
  readonly pid: number;
  readonly since: number;
  readonly phase: Phase;
  readonly children: readonly ChildAnswer[];
  /** The folder with the programs of this version, where somebody removed it: none of them can be started again. */
  readonly removed?: string;
}

export interface BoxRequestsOptions {
  readonly config: () => BoxConfig;
  /** The one of this process. The configuration may have been written by a newer version since. */
  readonly version: string;
  readonly since: number;
  readonly programs: BoxPrograms;
  readonly phase: () => Phase;
  readonly canStartWorkers: () => boolean;
  readonly reload: () => Promise<void>;
  readonly shutdown: (mode: ShutdownMode) => void;
}

/** The requests that the supervisor answers on supervisor.sock. */
export class BoxRequests {
  readonly #otherCopies: OtherCopies;

  constructor(private readonly options: BoxRequestsOptions) {
    this.#otherCopies = new OtherCopies(options.programs);
  }

  async answer(
    children: BoxChildren,
    method: string,
    params: unknown,
    { progress, deadlineMs }: Pick<RequestContext, 'progress' | 'deadlineMs'>,
  ): Promise<unknown> {
    switch (method) {
      case 'ps':
        return this.#ps(children);
      case 'phase':
        return { phase: this.options.phase() };
      case 'ensureWorker':
        return this.#ensureWorker(children, params);
      // The queue has checked the data.
      case 'fetch':
        return fetchToCache(this.options.config(), params as FetchData, progress);
      case 'catalogue':
        return askCatalogue(this.options.config(), params as CatalogueAsk, { progress, deadlineMs });
      case 'reload':
        await this.options.reload();
        return {};
      case 'shutdown':
        return this.#shutdown(params);
      default:
        throw new PinkyError('unsupported', `the supervisor has no request ${JSON.stringify(method).slice(0, 80)}`);
    }
  }

  #ps(children: BoxChildren): PsAnswer {
    const removed = this.#removed;
    return {
      ...(removed !== undefined && { removed }),
      box: this.options.config().box,
      version: this.options.version,
      pid: process.pid,
      since: this.options.since,
      phase: this.options.phase(),
      children: children.tree.views().map((view) => childAnswer(view, {
        status: children.statusOf(view),
        failure: children.connectionOf(view.name) ? undefined : children.failures.of(view.name),
        otherCopy: this.#otherCopies.of(view),
      })),
    };
  }

  /** The folder with the programs of this version, where it is gone. */
  get #removed(): string | undefined {
    const { worker, queue } = this.options.programs;
    return [worker, queue].map(removedFolder).find((folder) => folder !== undefined);
  }

  async #ensureWorker(children: BoxChildren, params: unknown): Promise<{ pid: number }> {
    const serverId = hasFields(params, { serverId: 'string' }) ? params['serverId'] : undefined;
    assertServerId(serverId);
    if (!this.options.canStartWorkers()) {
      throw new PinkyError('box_stopping', 'the supervisor is stopping and starts no more workers');
    }
    const removed = this.#removed;
    const worker = children.tree.view(workerName(serverId));
    if (removed !== undefined && (worker?.pid === undefined || worker.state === 'leaving')) {
      throw new PinkyError('version_removed', `server ${serverId} gets no worker, because ${removed} was removed`);
    }
    const name = children.startWorker(serverId);
    const pid = children.tree.view(name)?.pid;
    if (pid === undefined) throw unstarted(serverId, await children.tree.whenGone(name));
    return { pid };
  }

  #shutdown(params: unknown): object {
    const mode = hasFields(params, { mode: 'string' })
      ? shutdownModes.find((known) => known === params['mode'])
      : undefined;
    if (!mode) throw new PinkyError('bad_command', `shutdown: mode must be one of ${shutdownModes.join(', ')}`);
    this.options.shutdown(mode);
    return {};
  }
}

/** The highest folder above a file that is gone, or the file itself. Undefined if it is there. */
function removedFolder(file: string): string | undefined {
  if (existsSync(file)) return undefined;
  return removedFolder(dirname(file)) ?? file;
}

function unstarted(serverId: string, exit: ProcessExit | undefined): PinkyError {
  const reason = exit?.kind === 'notStarted' ? exit.reason : 'it ended at once';
  const code = lacksRoom(exit) ? 'no_processes' : 'worker_unreachable'; // the queue asks again where room is lacking
  return new PinkyError(code, `server ${serverId}: its worker could not be started: ${reason}`);
}

/** The children whose name says what they are. */
const roles = [queueName, redisName, apiName, webhooksName] as const;

interface KnownOfChild {
  readonly status: ServerStatus | undefined;
  readonly failure: ChildFailure | undefined;
  readonly otherCopy: string | undefined;
}

function childAnswer(view: TreeChild, { status, failure, otherCopy }: KnownOfChild): ChildAnswer {
  const serverId = serverIdOf(view.name);
  const title = view.pid === undefined ? undefined : titleOf(view.pid);
  return {
    role: roles.find((role) => role === view.name) ?? 'worker',
    state: view.state,
    restarts: view.restarts,
    ...(view.pid !== undefined && { pid: view.pid }),
    ...(title !== undefined && { title }),
    ...(serverId !== undefined && { serverId }),
    ...(status && { status }),
    ...(view.pid === undefined && view.lastExit?.kind === 'notStarted' && { notStarted: view.lastExit.reason }),
    ...(failure && !isRedisThatRuns(view) && { failure }),
    ...(otherCopy !== undefined && { otherCopy }),
    ...(view.heartbeatAgeMs !== undefined && { heartbeatAgeMs: Math.round(view.heartbeatAgeMs) }),
    ...(view.startsInMs !== undefined && { startsInMs: Math.round(view.startsInMs) }),
  };
}

/** Redis never greets us. */
const isRedisThatRuns = ({ name, pid }: TreeChild): boolean => name === redisName && pid !== undefined;

function titleOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return undefined; // it has just ended
  }
}
