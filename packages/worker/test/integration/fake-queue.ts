import {
  Listener,
  type Command,
  type CommandResult,
  type Cursor,
  type Message,
  type Peer,
  type PendingEvent,
  type ServerStatus,
} from '@pinky/protocol';
import { lookFor, until } from '@pinky/protocol/testing';

type Events = Extract<Message, { type: 'events' }>;

/** One event as it was published: parsed, with the run that it came in. */
export interface PublishedEvent {
  readonly run: string;
  readonly type: string;
  readonly id: string;
  readonly [field: string]: unknown;
}

interface Stored {
  cursor: Cursor;
  readonly events: PublishedEvent[];
}

const noCursor: Cursor = { run: '', console: 0, journal: 0 };

/**
 * Stands in for the queue and its Redis: accepts an event exactly as the real script does, remembers the order, and can
 * be away, lose its Redis, or lose answers. Sends a command again if its worker was lost, as the real one does.
 */
export class FakeQueue {
  readonly statuses = new Map<string, ServerStatus>();
  readonly #stored = new Map<string, Stored>();
  readonly #workers = new Map<string, Peer>();
  /** The process at the other end of each connection, in the order in which they came. */
  readonly #callers = new Map<Peer, { readonly pid: number; readonly no: number }>();
  readonly #greeted = new Set<number>();
  #listener: Listener | undefined;
  #isOver = false;
  /** Redis is away: events get no answer, as the real queue gives none. */
  isRedisAway = false;
  /** Answers to events that are lost from here on. */
  answersToLose = 0;
  /** Batches that had events, as they came: also those that were refused. */
  batches = 0;

  constructor(private readonly path: string) {}

  async start(): Promise<void> {
    this.#listener = new Listener(this.path, {
      onMessage: (message, peer) => this.#receive(message, peer),
      onClose: (peer) => this.#closed(peer),
    });
    await this.#listener.start();
  }

  async goAway(): Promise<void> {
    await this.#listener?.stop();
    this.#listener = undefined;
    this.#workers.clear();
  }

  /** Nobody comes any more: commands without an answer are given up. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.goAway();
  }

  /** Redis is back: every worker is told where to go on. */
  redisIsBack(): void {
    this.isRedisAway = false;
    for (const serverId of this.#workers.keys()) this.#tell(serverId);
  }

  /** Redis came back with an older state. */
  forgetEventsAfter(serverId: string, count: number, cursor: Cursor): void {
    const stored = this.#of(serverId);
    stored.events.splice(count);
    stored.cursor = cursor;
  }

  cursor(serverId: string): Cursor {
    return this.#of(serverId).cursor;
  }

  setCursor(serverId: string, cursor: Cursor): void {
    this.#of(serverId).cursor = cursor;
  }

  events(serverId: string, type?: string): PublishedEvent[] {
    const all = this.#of(serverId).events;
    return type === undefined ? all : all.filter((event) => event.type === type);
  }

  /** The `nth` (from 1) event of a type, once it is there. */
  event(serverId: string, type: string, nth = 1): Promise<PublishedEvent> {
    return until(`event ${type} no. ${nth} of ${serverId}`, () => this.events(serverId, type)[nth - 1]);
  }

  /** Resolves with the first status that is right. Names the last one, where that never comes. */
  async status(
    serverId: string,
    isRight: (status: ServerStatus) => boolean,
    what = 'a certain status',
  ): Promise<ServerStatus> {
    const right = await lookFor(() => {
      const status = this.statuses.get(serverId);
      return status && isRight(status) ? status : undefined;
    });
    if (right) return right;
    throw new Error(`${serverId} never had ${what}, but ${JSON.stringify(this.statuses.get(serverId))}`);
  }

  /** Resolves once this very process has said how its server is: the words of the one before count no longer. */
  hello(pid: number, what: string): Promise<true> {
    return until(what, () => this.#greeted.has(pid));
  }

  /** `whileAbsent` is called at each look that finds none. */
  worker(serverId: string, whileAbsent?: () => void): Promise<Peer> {
    return until(`a worker of ${serverId} said hello`, () => {
      if (this.#isOver) throw new Error('the queue has ended');
      const peer = this.#workers.get(serverId);
      if (peer && !peer.isClosed) return peer;
      whileAbsent?.();
      return undefined;
    });
  }

  /** Answered by whichever worker has the server: a lost one's successor is sent the same command again. */
  async command(command: Command, whileAbsent?: () => void): Promise<CommandResult> {
    for (;;) {
      const peer = await this.worker(command.data.serverId, whileAbsent);
      try {
        // A worker answers `command` with a CommandResult.
        return (await peer.request('command', command, { deadlineMs: command.deadlineMs })) as CommandResult;
      } catch (error) {
        if (!peer.isClosed) throw error;
      }
    }
  }

  #receive(message: Message, peer: Peer): void {
    if (message.type === 'identify') this.#callers.set(peer, { pid: message.pid, no: this.#callers.size });
    if (message.type === 'status') {
      const { serverId } = message.status;
      const known = this.#workers.get(serverId);
      if (known && this.#noOf(peer) < this.#noOf(known)) return; // the last words of one that has a successor by now
      this.#greeted.add(this.#callers.get(peer)?.pid ?? 0);
      this.statuses.set(serverId, message.status);
      const isNew = known !== peer;
      this.#workers.set(serverId, peer);
      if (isNew && !this.isRedisAway) this.#tell(serverId);
    } else if (message.type === 'events') this.#publish(message);
  }

  #publish(batch: Events): void {
    this.batches++;
    if (this.isRedisAway) return;
    const stored = this.#of(batch.serverId);
    if (batch.run >= stored.cursor.run) {
      const from = batch.run > stored.cursor.run ? { ...noCursor, run: batch.run } : stored.cursor;
      for (const event of batch.events)
        if (event.start >= from[event.stream]) stored.events.push(parsed(batch.run, event));
      stored.cursor = {
        run: batch.run,
        console: Math.max(from.console, batch.console),
        journal: Math.max(from.journal, batch.journal),
      };
    }
    if (this.answersToLose > 0) this.answersToLose--;
    else this.#tell(batch.serverId);
  }

  #tell(serverId: string): void {
    this.#workers.get(serverId)?.send({
      type: 'published',
      serverId,
      ...this.#of(serverId).cursor,
      takesLines: true,
    });
  }

  #noOf(peer: Peer): number {
    return this.#callers.get(peer)?.no ?? -1;
  }

  #of(serverId: string): Stored {
    const stored = this.#stored.get(serverId) ?? { cursor: noCursor, events: [] };
    this.#stored.set(serverId, stored);
    return stored;
  }

  #closed(peer: Peer): void {
    for (const [serverId, known] of this.#workers) if (known === peer) this.#workers.delete(serverId);
  }
}

const parsed = (run: string, { json }: PendingEvent): PublishedEvent => ({
  ...(JSON.parse(json) as PublishedEvent),
  run,
});
