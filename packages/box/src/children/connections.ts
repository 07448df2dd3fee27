import { isServerId, type Message, type Peer, type ServerStatus } from '@pinky/protocol';
import { bootId, readStat, type ProcessIdentity } from '@pinky/supervisor';
import { apiName, queueName, successorName, webhooksName, workerName } from './child-names.js';

/** The connection of a child that has said who it is, on the supervisor's socket. */
export interface Connection {
  readonly peer: Peer;
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly version: string;
  /** It was started to replace another worker, and has not done so yet. */
  readonly isSuccessor: boolean;
  readonly hasGreeted: boolean;
  readonly status?: ServerStatus;
}

/** The same for its owner, which writes down what the child says. */
interface OwnConnection extends Connection {
  hasGreeted: boolean;
  status?: ServerStatus;
}

export interface ConnectionEvents {
  /** It said hello, so it listens to us now. */
  readonly onGreeted: (connection: Connection) => void;
  readonly onLost: (connection: Connection) => void;
  readonly onStatus: (connection: Connection) => void;
  /** A message of a handoff, or the end of a connection that may take part in one. */
  readonly onHandoff: (message: Message | 'closed', connection: Connection) => void;
}

/** Knows which children are connected. It believes what a peer says about itself only if /proc agrees. */
export class Connections {
  readonly #byPeer = new Map<Peer, OwnConnection>();
  /** Those of each name: a child that is replaced has two. */
  readonly #byName = new Map<string, Set<OwnConnection>>();

  constructor(private readonly events: ConnectionEvents) {}

  /** The connection of exactly this process, or undefined. */
  of(name: string, pid: number | undefined): Connection | undefined {
    return this.#named(name).find((c) => c.identity.pid === pid && c.hasGreeted);
  }

  /** A connected process that says it is this child, whichever process the tree has for it. */
  claimant(name: string): Connection | undefined {
    return this.#named(name).find((c) => c.hasGreeted && !c.peer.isClosed);
  }

  /** Takes any message that is not a request. Ignores messages that make no sense. */
  receive(message: Message, peer: Peer): void {
    const connection = this.#byPeer.get(peer);
    switch (message.type) {
      case 'identify': return this.#identify(message, peer);
      case 'slaveHello': {
        if (!connection) return;
        connection.hasGreeted = true;
        if (connection.isSuccessor) return this.events.onHandoff(message, connection);
        if (!message.Running) peer.send({ type: 'fullStart' });
        return this.events.onGreeted(connection);
      }
      case 'status': {
        if (!connection) return;
        connection.status = message.status;
        return this.events.onStatus(connection);
      }
      default: if (connection) this.events.onHandoff(message, connection);
    }
  }

  closed(peer: Peer): void {
    const connection = this.#forget(peer);
    if (connection) this.events.onHandoff('closed', connection);
    if (connection?.hasGreeted) this.events.onLost(connection);
  }

  #named(name: string): readonly OwnConnection[] {
    return [...(this.#byName.get(name) ?? [])];
  }

  #add(connection: OwnConnection): void {
    const { peer, name } = connection;
    this.#byPeer.set(peer, connection);
    const named = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, named.add(connection));
  }

  #forget(peer: Peer): OwnConnection | undefined {
    const connection = this.#byPeer.get(peer);
    if (!connection) return undefined;
    this.#byPeer.delete(peer);
    const named = this.#byName.get(connection.name);
    named?.delete(connection);
    if (named?.size === 0) this.#byName.delete(connection.name);
    return connection;
  }

  #identify(message: Extract<Message, { type: 'identify' }>, peer: Peer): void {
    const name = nameOf(message);
    if (name === undefined || readStat(message.pid)?.startTime !== message.startTime) return;
    const identity = { pid: message.pid, startTime: message.startTime, bootId: bootId() };
    this.#forget(peer);
    this.#add({
      peer,
      name,
      identity,
      version: message.version,
      isSuccessor: message.isSuccessor === true,
      hasGreeted: false,
    });
  }
}

function nameOf({ role, serverId, isSuccessor }: Extract<Message, { type: 'identify' }>): string | undefined {
  if (role === 'queue') return queueName;
  if (role === 'api') return apiName;
  if (role === 'webhooks') return webhooksName;
  return role === 'worker' && isServerId(serverId) ? (isSuccessor ? successorName : workerName)(serverId) : undefined;
}
