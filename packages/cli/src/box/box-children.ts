import {
  asPinkyError,
  boxPaths,
  Listener,
  titles,
  type BoxConfig,
  type Clock,
  type Logger,
  type Message,
  type RequestContext,
  type ServerStatus,
} from '@pinky/protocol';
import {
  ChildrenJournal,
  ProcessTree,
  type ChildSpec,
  type TreeChild,
  type JournaledChild,
  type LeaveRequest,
  type ProcessExit,
  type TreeEvent,
} from '@pinky/supervisor';
import { join } from 'node:path';
import {
  queueName,
  queueSpec,
  serverIdOf,
  successorName,
  successorSpec,
  workerName,
  workerSpec,
  type BoxPrograms,
} from './child-specs.js';
import { Condition, Connections, isResponsive, type Connection } from './connections.js';
import { logTreeEvent } from './log-tree-event.js';

export interface BoxChildrenOptions {
  readonly config: BoxConfig;
  readonly programs: BoxPrograms;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onRequest: (method: string, params: unknown, context: RequestContext) => Promise<unknown>;
}

/** The children of a box: the tree that runs them, the connections they hold to us, and the journal of who they are. */
export class BoxChildren {
  readonly tree: ProcessTree;
  readonly #connections: Connections;
  readonly #listener: Listener;
  readonly #journal: ChildrenJournal;
  readonly #condition: Condition;
  #config: BoxConfig;
  #isJournalDue = false;
  /** Pids of children that had not said hello when the configuration was read anew. */
  #toReload = new Set<number>();
  #pinging: NodeJS.Timeout | undefined;
  #handoff: (message: Message | 'closed', connection: Connection) => void = () => undefined;

  constructor(private readonly options: BoxChildrenOptions) {
    const { config, clock, onRequest } = options;
    this.#config = config;
    this.tree = new ProcessTree({ clock, onEvent: (event) => this.#on(event) });
    this.#condition = new Condition(clock);
    this.#journal = new ChildrenJournal(join(config.home, 'children.json'));
    this.#connections = new Connections({
      onGreeted: (connection) => this.#greeted(connection),
      onLost: ({ name, identity }) => {
        if (this.tree.view(name)?.pid === identity.pid) this.tree.connectionHeld(name, false);
      },
      onStatus: () => this.#condition.changed(),
      onHandoff: (message, connection) => this.#onHandoff(message, connection),
    });
    this.#listener = new Listener(boxPaths(config.home).supervisorSocket, {
      onMessage: (message, peer) => this.#safely('message', () => this.#connections.receive(message, peer)),
      onClose: (peer) => this.#safely('close', () => this.#connections.closed(peer)),
      onRequest,
    });
  }

  async listen(): Promise<void> {
    await this.#listener.start();
    this.#pinging = setInterval(() => this.#pingAdopted(), Math.max(1_000, this.#config.worker.heartbeatIntervalMs));
  }

  /** Who of the last supervisor's children lives still. */
  survivors(): readonly JournaledChild[] {
    return this.#journal.survivors();
  }

  /** Takes over a survivor that has not said hello: it may hang, and then its heartbeat will be missed. */
  adoptSilent({ name, identity }: JournaledChild): void {
    const spec = this.#specOf(name);
    if (spec) this.tree.adopt(name, spec, identity);
  }

  startQueue(): void {
    this.tree.start(queueName, queueSpec(this.#config, this.options.programs));
  }

  /** Starts a worker where none runs; returns its name. */
  startWorker(serverId: string): string {
    const name = workerName(serverId);
    const view = this.tree.view(name);
    if (view?.pid === undefined || view.state === 'leaving') {
      this.tree.start(name, workerSpec(this.#config, this.options.programs, serverId));
    }
    return name;
  }

  /** Starts a second worker beside the one that a server has, for a handoff. */
  startSuccessor(serverId: string): void {
    this.tree.start(successorName(serverId), successorSpec(this.#config, this.options.programs, serverId));
  }

  /** Whether the tree starts a worker anew when it ends. In a handoff it does not: the successor is there. */
  keepWorker(serverId: string, isKept: boolean): void {
    const spec = workerSpec(this.#config, this.options.programs, serverId);
    this.tree.update(workerName(serverId), isKept ? spec : { ...spec, isWanted: () => false });
  }

  /** A server's folder says that a worker is needed for it. */
  isWanted(serverId: string): boolean {
    return workerSpec(this.#config, this.options.programs, serverId).isWanted?.() ?? true;
  }

  /** The successor is the worker from now on; false where the old one is still there. */
  promoteSuccessor(serverId: string): boolean {
    const isDone = this.tree.rename(
      successorName(serverId),
      workerName(serverId),
      workerSpec(this.#config, this.options.programs, serverId),
    );
    this.#isJournalDue = true;
    this.#settle(workerName(serverId));
    return isDone;
  }

  /** Hears what concerns handoffs; one listener at a time. */
  onHandoff(listener: (message: Message | 'closed', connection: Connection) => void): void {
    this.#handoff = listener;
  }

  workers(): readonly TreeChild[] {
    return this.tree.views().filter((view) => serverIdOf(view.name) !== undefined);
  }

  statusOf(view: TreeChild): ServerStatus | undefined {
    return this.#connections.of(view.name, view.pid)?.status;
  }

  /** The connection of the process that this child has now, once it has said hello. */
  connectionOf(name: string): Connection | undefined {
    return this.#connections.of(name, this.tree.view(name)?.pid);
  }

  /** False where it has not said hello in time. */
  whenGreeted(name: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return this.until(() => this.connectionOf(name) !== undefined, timeoutMs, signal);
  }

  /** Waits for a fact about the children. */
  until(isTrue: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return this.#condition.until(isTrue, timeoutMs, signal);
  }

  stop(name: string, request: LeaveRequest): Promise<ProcessExit | undefined> {
    return this.tree.stop(name, request);
  }

  /**
   * New specs and ladders; the children read the configuration anew, those that are still booting after their hello.
   */
  reconfigure(config: BoxConfig): void {
    this.#config = config;
    for (const name of this.tree.names) {
      const spec = this.#specOf(name);
      if (spec) this.tree.update(name, spec);
    }
    this.#toReload = new Set(
      this.tree.views().flatMap(({ name, pid }) => (pid === undefined || this.connectionOf(name) ? [] : [pid])),
    );
    this.signalAll('SIGUSR2');
    this.#retitle();
  }

  /** To those that have said hello: before it they have no listeners, and a signal would be their end. */
  signalAll(signal: 'SIGUSR2' | 'SIGCONT'): void {
    for (const name of this.tree.names) {
      if (this.connectionOf(name)) this.tree.signal(name, signal);
    }
  }

  /** Closes the socket and lets go of whoever lives still. */
  async release(): Promise<void> {
    clearInterval(this.#pinging);
    this.#writeJournal();
    this.tree.release();
    await this.#listener.stop();
  }

  #specOf(name: string): ChildSpec | undefined {
    if (name === queueName) return queueSpec(this.#config, this.options.programs);
    const serverId = serverIdOf(name);
    return serverId === undefined ? undefined : workerSpec(this.#config, this.options.programs, serverId);
  }

  /** A successor outside of any handoff has nothing to do here: its supervisor died, or gave it up. */
  #onHandoff(message: Message | 'closed', connection: Connection): void {
    if (
      message !== 'closed' &&
      message.type === 'slaveHello' &&
      this.tree.view(connection.name)?.pid !== connection.identity.pid
    ) {
      connection.peer.send({ type: 'shutdown' });
      return;
    }
    this.#handoff(message, connection);
  }

  #greeted(connection: Connection): void {
    const { name, identity } = connection;
    const serverId = serverIdOf(name);
    // promoted soon
    if (serverId !== undefined && this.tree.view(successorName(serverId))?.pid === identity.pid) {
      return this.#condition.changed();
    }
    const spec = this.#specOf(name);
    const known = this.tree.view(name);
    if (spec && known?.pid !== identity.pid && !this.tree.adopt(name, spec, identity)) {
      this.options.logger.warn({ event: 'child.second', name, pid: identity.pid, owner: known?.pid });
    }
    if (this.tree.view(name)?.pid === identity.pid) {
      this.tree.connectionHeld(name, true);
      this.tree.beat(name);
      if (this.#toReload.delete(identity.pid)) this.tree.signal(name, 'SIGUSR2');
    }
    this.#condition.changed();
  }

  #on(event: TreeEvent): void {
    logTreeEvent(this.options.logger, event);
    this.#isJournalDue = true;
    setImmediate(() => this.#settle(event.name));
  }

  /** After a child's change: whoever else has claimed its place gets it, a finished worker is forgotten. */
  #settle(name: string): void {
    const view = this.tree.view(name);
    if (view && view.pid === undefined) {
      const claimant = this.#connections.claimant(name);
      if (claimant) this.#greeted(claimant);
      else if (view.state === 'idle' && serverIdOf(name) !== undefined) this.tree.remove(name);
    }
    if (this.#isJournalDue) this.#writeJournal();
    this.#retitle();
    this.#condition.changed();
  }

  #writeJournal(): void {
    this.#isJournalDue = false;
    const entries = this.tree.views().flatMap(({ name, identity }) => (identity ? [{ name, identity }] : []));
    if (!this.#journal.write(entries)) {
      this.options.logger.warn({ event: 'journal.unwritten', children: entries.length });
    }
  }

  #retitle(): void {
    process.title = titles.supervisor(this.#config.box, this.workers().length);
  }

  #pingAdopted(): void {
    for (const { name, isAdopted } of this.tree.views()) {
      const peer = isAdopted ? this.connectionOf(name)?.peer : undefined;
      if (!peer) continue;
      void isResponsive(peer, this.#config.worker.heartbeatTimeoutMs).then((isAlive) => {
        if (isAlive) this.tree.beat(name);
      });
    }
  }

  /** What a peer sends must not end the supervisor. */
  #safely(what: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.options.logger.error({ event: 'peer.failed', what, error: asPinkyError(error).message });
    }
  }
}
