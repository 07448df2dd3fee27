import {
  asPinkyError, boxPaths, hasWebhooks, Listener, titles, type BoxConfig, type Clock, type Logger, type Message,
  type RequestContext, type ServerStatus,
} from '@pinky/protocol';
import {
  PacedJournal, ProcessTree, type ChildSpec, type TreeChild, type JournaledChild, type LeaveRequest, type ProcessExit,
  type TreeEvent,
} from '@pinky/supervisor';
import { join } from 'node:path';
import { AdoptedBeats } from './adopted-beats.js';
import {
  apiName, logNameOf, logSharersOf, queueName, serverIdOf, successorName, webhooksName, workerName,
} from './child-names.js';
import { ChildSpecs, type BoxPrograms } from './child-specs.js';
import { Condition } from './condition.js';
import { Connections, type Connection } from './connections.js';
import { ladders } from './ladders.js';
import { logSocket, logTreeEvent } from './log-tree-event.js';
import { removeIfEmpty } from '../keep/empty-logs.js';
import { ChildFailures } from '../supervise/child-failures.js';

/** The longest time between two looks at the children, milliseconds: looks are most of what an idle box costs. */
const longestTickMs = 5_000;

export interface BoxChildrenOptions {
  readonly config: BoxConfig;
  readonly programs: BoxPrograms;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onRequest: (method: string, params: unknown, context: RequestContext) => Promise<unknown>;
}

/** Hears the messages of a handoff, and the end of each connection. */
export type HandoffListener = (message: Message | 'closed', connection: Connection) => void;

/** The children of a box: the tree that runs them, their connections to us, and the journal of their identities. */
export class BoxChildren {
  readonly tree: ProcessTree;
  readonly failures: ChildFailures;
  readonly #connections: Connections;
  readonly #listener: Listener;
  readonly #journal: PacedJournal;
  readonly #condition: Condition;
  readonly #adoptedBeats: AdoptedBeats;
  #specs: ChildSpecs;
  /** Pids of children that had not said hello when the configuration was reloaded. */
  #toReload = new Set<number>();
  #handoff: HandoffListener = () => undefined;

  constructor(private readonly options: BoxChildrenOptions) {
    const { config, programs, clock, onRequest } = options;
    this.#specs = new ChildSpecs(config, programs);
    this.failures = new ChildFailures({ logOf: (name) => join(boxPaths(config.home).logDir, logNameOf(name)), clock });
    this.tree = new ProcessTree({ clock, longestTickMs, onEvent: (event) => this.#on(event) });
    this.#condition = new Condition(clock);
    this.#journal = new PacedJournal({
      path: boxPaths(config.home).children,
      clock,
      entries: () => this.tree.views().flatMap(({ name, identity }) => (identity ? [{ name, identity }] : [])),
      onUnwritten: (children) => options.logger.warn({ event: 'journal.unwritten', children }),
    });
    this.#connections = new Connections({
      onGreeted: (connection) => this.#greeted(connection),
      onLost: ({ name, identity }) => {
        if (this.tree.view(name)?.pid === identity.pid) this.tree.connectionHeld(name, false);
      },
      onStatus: () => this.#condition.changed(),
      onHandoff: (message, connection) => this.#onHandoff(message, connection),
    });
    this.#adoptedBeats = new AdoptedBeats({
      tree: this.tree,
      peerOf: (name) => this.connectionOf(name)?.peer,
      intervalMs: Math.max(1_000, config.worker.heartbeatIntervalMs),
      timeoutMs: () => this.#config.worker.heartbeatTimeoutMs,
      clock,
    });
    this.#listener = new Listener(boxPaths(config.home).supervisorSocket, {
      onMessage: (message, peer) => this.#safely('message', () => this.#connections.receive(message, peer)),
      onClose: (peer) => this.#safely('close', () => this.#connections.closed(peer)),
      onRequest,
      onBoundAgain: (failure) => logSocket(options.logger, 'supervisor.sock', failure),
    });
  }

  async listen(): Promise<void> {
    await this.#listener.start();
    this.#adoptedBeats.start();
  }

  /** Children of the previous supervisor that are still alive. */
  survivors(): readonly JournaledChild[] {
    return this.#journal.survivors();
  }

  /** Adopts a survivor that has not said hello. If it hangs, it will miss its heartbeat. */
  adoptSilent({ name, identity }: JournaledChild): void {
    const spec = this.#specs.of(name);
    if (spec) this.tree.adopt(name, spec, identity);
  }

  startQueue(): void {
    this.tree.start(queueName, this.#specs.queue());
  }

  /** Starts API and webhooks where they are wanted and do not run, and ends those that are not. Nobody waits for it. */
  settleBeside(): void {
    this.#settleChild(apiName, this.#specs.api());
    this.#settleChild(webhooksName, this.#specs.webhooks());
  }

  /** The same for the webhooks, at the cost of one look at the disk. A restart pause after a crash goes on. */
  settleWebhooks(): void {
    const view = this.tree.view(webhooksName);
    if (view?.state === 'backingOff' || hasWebhooks(this.#config.home) === (view?.pid !== undefined)) return;
    this.#settleChild(webhooksName, this.#specs.webhooks());
  }

  #settleChild(name: string, spec: ChildSpec): void {
    const isRunning = this.tree.view(name)?.pid !== undefined;
    if (spec.isWanted?.()) {
      if (!isRunning) this.tree.start(name, spec);
    } else if (isRunning) void this.stop(name, { mode: 'graceful', ladder: ladders(this.#config).soon });
  }

  /** Starts a worker unless one runs, and returns its name. */
  startWorker(serverId: string): string {
    const name = workerName(serverId);
    const view = this.tree.view(name);
    if (view?.pid === undefined || view.state === 'leaving') this.tree.start(name, this.#specs.worker(serverId));
    return name;
  }

  /** Starts a second worker beside the first one, for a handoff. */
  startSuccessor(serverId: string): void {
    this.tree.start(successorName(serverId), this.#specs.successor(serverId));
  }

  /** Whether the tree restarts a worker that ends. During a handoff it does not, because the successor runs already. */
  keepWorker(serverId: string, isKept: boolean): void {
    const spec = this.#specs.worker(serverId);
    this.tree.update(workerName(serverId), isKept ? spec : { ...spec, isWanted: () => false });
  }

  /** Whether a server needs a worker: its folder exists. */
  isWanted(serverId: string): boolean {
    return this.#specs.worker(serverId).isWanted?.() ?? true;
  }

  /** Makes the successor the worker. False if the old worker is still there. */
  promoteSuccessor(serverId: string): boolean {
    const name = workerName(serverId);
    const isDone = this.tree.rename(successorName(serverId), name, this.#specs.worker(serverId));
    this.failures.forget(successorName(serverId));
    this.#journal.changed();
    this.#settle(name);
    return isDone;
  }

  /** Removes a child that has ended for good, and its log if that is empty. Successor and worker share one log. */
  remove(name: string): void {
    this.tree.remove(name);
    this.failures.forget(name);
    if (this.hasAny(logSharersOf(name))) return;
    this.#safely('log', () => removeIfEmpty(join(boxPaths(this.#config.home).logDir, logNameOf(name))));
  }

  hasAny(names: readonly string[]): boolean {
    return names.some((name) => this.tree.view(name));
  }

  /** Sets the one listener for handoffs. */
  onHandoff(listener: HandoffListener): void {
    this.#handoff = listener;
  }

  workers(): readonly TreeChild[] {
    return this.tree.views().filter((view) => serverIdOf(view.name) !== undefined);
  }

  statusOf(view: TreeChild): ServerStatus | undefined {
    return this.#connections.of(view.name, view.pid)?.status;
  }

  /** The connection of this child's current process, once it has said hello. */
  connectionOf(name: string): Connection | undefined {
    return this.#connections.of(name, this.tree.view(name)?.pid);
  }

  /** False if it has not said hello in time. */
  whenGreeted(name: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return this.until(() => this.connectionOf(name) !== undefined, timeoutMs, signal);
  }

  /** Waits until something is true of the children. False if it is not in time. */
  until(isTrue: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return this.#condition.until(isTrue, timeoutMs, signal);
  }

  stop(name: string, request: LeaveRequest): Promise<ProcessExit | undefined> {
    return this.tree.stop(name, request);
  }

  /** Applies a new configuration. Children reload it too; those that are still booting do so after their hello. */
  reconfigure(config: BoxConfig): void {
    this.#specs = new ChildSpecs(config, this.options.programs);
    for (const name of this.tree.names) {
      const spec = this.#specs.of(name);
      if (spec) this.tree.update(name, spec);
    }
    this.#toReload = new Set(
      this.tree.views().flatMap(({ name, pid }) => (pid === undefined || this.connectionOf(name) ? [] : [pid])),
    );
    this.signalAll('SIGUSR2');
    this.settleBeside();
    this.#retitle();
  }

  /** Signals the children that have said hello. The others have no listeners yet, and the signal would end them. */
  signalAll(signal: 'SIGUSR2' | 'SIGCONT'): void {
    for (const name of this.tree.names) if (this.connectionOf(name)) this.tree.signal(name, signal);
  }

  /** Closes the socket. Children that are still alive keep running. */
  async release(): Promise<void> {
    await this.#adoptedBeats.stop();
    this.#journal.close();
    this.tree.release();
    await this.#listener.stop();
  }

  get #config(): BoxConfig { return this.#specs.config; }

  /** A successor that no handoff expects is told to leave: its supervisor died, or gave the handoff up. */
  #onHandoff(message: Message | 'closed', connection: Connection): void {
    const isUnexpected = this.tree.view(connection.name)?.pid !== connection.identity.pid;
    if (message !== 'closed' && message.type === 'slaveHello' && isUnexpected) {
      connection.peer.send({ type: 'shutdown' });
      return;
    }
    this.#handoff(message, connection);
  }

  #greeted(connection: Connection): void {
    const { name, identity } = connection;
    const serverId = serverIdOf(name);
    const isToBePromoted = serverId !== undefined && this.tree.view(successorName(serverId))?.pid === identity.pid;
    if (isToBePromoted) return this.#condition.changed();
    const spec = this.#specs.of(name);
    const known = this.tree.view(name);
    if (spec && known?.pid !== identity.pid && !this.tree.adopt(name, spec, identity)) {
      this.options.logger.warn({ event: 'child.second', name, childPid: identity.pid, owner: known?.pid });
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
    this.failures.heard(event);
    this.#journal.changed();
    setImmediate(() => this.#settle(event.name));
  }

  /** After a change: gives the child's place to a process that claims it, and removes a worker that is done. */
  #settle(name: string): void {
    const view = this.tree.view(name);
    if (view && view.pid === undefined) {
      const claimant = this.#connections.claimant(name);
      if (claimant) this.#greeted(claimant);
      else if (view.state === 'idle' && serverIdOf(name) !== undefined) this.remove(name);
    }
    this.#retitle();
    this.#condition.changed();
  }

  #retitle(): void {
    const workers = this.tree.names.filter((name) => serverIdOf(name) !== undefined).length;
    const title = titles.supervisor(this.#config.box, workers);
    if (title !== process.title) process.title = title;
  }

  /** Nothing that a peer sends may end the supervisor. */
  #safely(what: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.options.logger.error({ event: 'peer.failed', what, error: asPinkyError(error).message });
    }
  }
}
