import { isServerId, type Message, type Peer, type ServerStatus } from '@pinky/protocol';

type Identify = Extract<Message, { type: 'identify' }>;

/** One connection of a worker process, from its hello to its end. */
export interface WorkerHandle {
  readonly serverId: string;
  readonly peer: Peer;
  readonly pid: number;
  /** Field 22 of its /proc stat: a larger one is newer. */
  readonly startTime: string;
  status: ServerStatus;
}

export interface RegistryListener {
  /** A worker has said hello and sent its status: commands may go to it. */
  arrived(worker: WorkerHandle): void;
  changed(worker: WorkerHandle): void;
  /** Its connection ended, or a newer process took its place. */
  gone(worker: WorkerHandle): void;
}

/** How many last statuses of servers without a worker are remembered for `explain`. */
const rememberedStatuses = 500;

/**
 * Knows which worker owns which server, from what the workers say. The newest process wins: once its successor has
 * arrived, an old one that is still connected is not heard any more.
 */
export class WorkerRegistry {
  readonly #identities = new Map<Peer, Identify & { readonly serverId: string }>();
  readonly #owners = new Map<string, WorkerHandle>();
  readonly #lastStatuses = new Map<string, ServerStatus>();

  constructor(private readonly listener: RegistryListener) {}

  get(serverId: string): WorkerHandle | undefined {
    return this.#owners.get(serverId);
  }

  all(): WorkerHandle[] {
    return [...this.#owners.values()];
  }

  /** The last status that a server's worker sent before it went. */
  lastStatus(serverId: string): ServerStatus | undefined {
    return this.#lastStatuses.get(serverId);
  }

  /** The server whose worker speaks on this connection. */
  serverOf(peer: Peer): string | undefined {
    return this.#identities.get(peer)?.serverId;
  }

  identify(peer: Peer, message: Identify): void {
    const { serverId } = message;
    if (message.role === 'worker' && isServerId(serverId)) this.#identities.set(peer, { ...message, serverId });
  }

  status(peer: Peer, status: ServerStatus): void {
    const identity = this.#identities.get(peer);
    if (!identity || identity.serverId !== status.serverId) return;
    const owner = this.#owners.get(identity.serverId);
    if (owner?.peer === peer) {
      owner.status = status;
      return this.listener.changed(owner);
    }
    if (owner && !owner.peer.isClosed && isNewer(owner, identity)) return;
    const worker: WorkerHandle = {
      serverId: identity.serverId,
      peer,
      pid: identity.pid,
      startTime: identity.startTime,
      status,
    };
    this.#owners.set(worker.serverId, worker);
    this.#lastStatuses.delete(worker.serverId);
    if (owner) this.listener.gone(owner);
    this.listener.arrived(worker);
    this.listener.changed(worker);
  }

  closed(peer: Peer): void {
    const serverId = this.#identities.get(peer)?.serverId;
    this.#identities.delete(peer);
    const owner = serverId === undefined ? undefined : this.#owners.get(serverId);
    if (owner?.peer !== peer) return;
    this.#owners.delete(owner.serverId);
    this.#remember(owner.status);
    this.listener.gone(owner);
  }

  #remember(status: ServerStatus): void {
    this.#lastStatuses.delete(status.serverId);
    this.#lastStatuses.set(status.serverId, status);
    const oldest = this.#lastStatuses.keys().next();
    if (this.#lastStatuses.size > rememberedStatuses && !oldest.done) this.#lastStatuses.delete(oldest.value);
  }
}

/** Whether `a` is another process than `b`, and started after it. */
const isNewer = (a: { pid: number; startTime: string }, b: { pid: number; startTime: string }): boolean =>
  a.pid !== b.pid && Number(a.startTime) > Number(b.startTime);
