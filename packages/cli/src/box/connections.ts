import {
  errnoOf,
  isServerId,
  PinkyError,
  type Clock,
  type Message,
  type Peer,
  type ServerStatus,
} from '@pinky/protocol';
import { bootId, readStat, type ProcessIdentity } from '@pinky/supervisor';
import { queueName, successorName, workerName } from './child-specs.js';

/** A child that has introduced itself on the supervisor's socket. */
export interface Connection {
  readonly peer: Peer;
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly version: string;
  /** It was started to take another's place, and has not yet. */
  readonly isSuccessor: boolean;
  hasGreeted: boolean;
  status?: ServerStatus;
}

export interface ConnectionEvents {
  /** It said hello: it is ready to hear from us. */
  readonly onGreeted: (connection: Connection) => void;
  readonly onLost: (connection: Connection) => void;
  readonly onStatus: (connection: Connection) => void;
  /** A message of a handoff, or the end of a connection that may be part of one. */
  readonly onHandoff: (message: Message | 'closed', connection: Connection) => void;
}

/** Who is connected. What a peer says of itself is believed only where /proc agrees. */
export class Connections {
  readonly #byPeer = new Map<Peer, Connection>();

  constructor(private readonly events: ConnectionEvents) {}

  /** The connection of exactly this process, or undefined. */
  of(name: string, pid: number | undefined): Connection | undefined {
    return this.all().find((c) => c.name === name && c.identity.pid === pid && c.hasGreeted);
  }

  /** Whoever else says it is this child. */
  claimant(name: string): Connection | undefined {
    return this.all().find((c) => c.name === name && c.hasGreeted && !c.peer.isClosed);
  }

  all(): readonly Connection[] {
    return [...this.#byPeer.values()];
  }

  /** Any message of a peer that is no request. Messages that make no sense are ignored. */
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
    const connection = this.#byPeer.get(peer);
    this.#byPeer.delete(peer);
    if (connection) this.events.onHandoff('closed', connection);
    if (connection?.hasGreeted) this.events.onLost(connection);
  }

  #identify(message: Extract<Message, { type: 'identify' }>, peer: Peer): void {
    const name = nameOf(message);
    if (name === undefined || readStat(message.pid)?.startTime !== message.startTime) return;
    const identity = { pid: message.pid, startTime: message.startTime, bootId: bootId() };
    this.#byPeer.set(peer, {
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
  return role === 'worker' && isServerId(serverId) ? (isSuccessor ? successorName : workerName)(serverId) : undefined;
}

/**
 * Asks an adopted child, which has no heartbeat pipe to us, for a sign of life; any answer is one, also that it does
 * not know the question.
 */
export async function isResponsive(peer: Peer, deadlineMs: number): Promise<boolean> {
  try {
    await peer.request('ping', {}, { deadlineMs });
    return true;
  } catch (error) {
    return (
      error instanceof PinkyError &&
      error.code !== 'connection_lost' &&
      error.code !== 'deadline_exceeded' &&
      errnoOf(error) !== 'EPIPE'
    );
  }
}

/** Waits for what `isTrue` says, looked at again whenever `changed` is called; false where the time is over first. */
export class Condition {
  #waiting = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  changed(): void {
    for (const look of this.#waiting) look();
  }

  async until(isTrue: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (isTrue()) return true;
    const over = new AbortController();
    const stop = (): void => over.abort();
    signal?.addEventListener('abort', stop, { once: true });
    const look = (): void => { if (isTrue()) stop(); };
    this.#waiting.add(look);
    try {
      await this.clock.rest(timeoutMs, over.signal); // true, cancelled, or too late: told apart below
    } finally {
      this.#waiting.delete(look);
      signal?.removeEventListener('abort', stop);
    }
    return isTrue();
  }
}
