import {
  PinkyError,
  processExits,
  readDefinition,
  startOf,
  type BoxConfig,
  type Clock,
  type Command,
  type HandoffSlave,
  type Logger,
  type Message,
  type RequestContext,
  type ServerStatus,
  type StartOrder,
  type StoppedShard,
} from '@pinky/protocol';
import type { AfterWork } from './admission/after-work.js';
import { adopt } from './adopt/adoption.js';
import { explain } from './commands/explain.js';
import { compose, type WorkerParts } from './compose.js';
import { BoxLinks } from './box-links.js';
import { workerSlave } from './handoff-slave.js';
import { systemMachine } from './machine/system-machine.js';
import { StatusTeller } from './status-teller.js';
import { isBoxEnding } from './wanted/box-phase.js';
import { WantedTeller } from './wanted/wanted-teller.js';

/**
 * How long a worker without a server waits for a first command, and how long for another one after its server was
 * stopped. Milliseconds.
 */
const firstCommandMs = 10_000;
const nextCommandMs = 250;
/** How long the last events may take to reach the queue when a worker leaves, milliseconds. */
const farewellMs = 1_000;
/** How long the queue may take to write that the server is to stay down when a worker leaves, milliseconds. */
const writtenMs = 5_000;
const askMs = 2_000;

export interface ServerWorkerOptions {
  readonly serverId: string;
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly afterWork: AfterWork;
  readonly log: Logger;
  readonly exit: (code: number) => void;
  readonly setTitle: (title: string) => void;
  /** The server belongs to another worker from now on. */
  readonly releaseLock: () => void;
  /** The game is up, for the first time in this process. */
  readonly onUp: () => void;
}

/**
 * The process that owns one game server: carries out what signals, supervisor and queue say, and leaves when it is not
 * needed.
 */
export class ServerWorker {
  readonly #parts: WorkerParts;
  readonly #connections: BoxLinks;
  readonly #status: StatusTeller;
  readonly #slave: HandoffSlave;
  readonly #wanted: WantedTeller;
  #idle = new AbortController();
  #hasServed = false;
  /** `ending`: a signal is being carried out that ends this process. `over`: it is about to exit. */
  #phase: 'adopting' | 'serving' | 'ending' | 'over' = 'adopting';
  #hasLetGo = false;

  constructor(private readonly options: ServerWorkerOptions) {
    this.#parts = compose({
      ...options,
      send: (message) => this.#connections.queue.send(message),
      askQueue: (method, params) => this.#connections.queue.request(method, params, { deadlineMs: askMs }),
      onChange: () => this.#status.tellSoon(),
      onIdle: () => this.#restOrLeave(),
      onStaysDown: (because) => this.#wanted.down(because),
    });
    this.#wanted = new WantedTeller({
      ...options,
      ask: (params) => this.#connections.queue.request('wantDown', params, { deadlineMs: askMs }),
    });
    this.#connections = this.#makeConnections();
    this.#status = this.#statusTeller();
    this.#slave = workerSlave({
      send: (message) => this.#connections.supervisor.send(message),
      log: options.log,
      handOver: () => this.#handOver(),
      letGo: async () => { if (!this.#hasLetGo) await this.#letGo('graceful'); },
      leave: () => this.leave('graceful'),
    });
  }

  /** Takes over what is there, then connects. */
  async start(): Promise<void> {
    const { life, files, publishing } = this.#parts;
    await adopt({ ...this.options, life, files, machine: systemMachine, sender: publishing.sender });
    this.#phase = 'serving';
    this.#connections.start();
    life.settings.resume();
    this.#status.tellSoon();
  }

  /**
   * TERM and QUIT: the game ends, then this process. It does not wait for a game that survives KILL: the order is on
   * disk, and the next worker goes on with it. Unless the box itself ends, the server is to stay down.
   */
  async stop(mode: 'graceful' | 'immediate'): Promise<void> {
    if (this.#hasLetGo) return this.#exit(processExits.handedOver); // the next worker stops it
    if (this.#phase !== 'over') this.#phase = 'ending';
    const { life, commands, publishing } = this.#parts;
    const spoken = commands.close();
    const told = this.#tellWhetherMeant();
    try {
      if (mode === 'graceful') await spoken;
      if (life.server.record.now) await Promise.race([life.stops.stop(mode), life.stops.stuck]);
    } catch (error) {
      this.options.log.error({ event: 'worker.stop_failed', error: String(error) });
    }
    await publishing.finished(farewellMs);
    await told;
    await this.#wanted.settled(writtenMs);
    if (!this.#hasLetGo) this.#removeFiles();
    this.#exit(processExits.done);
  }

  /** A signal came. It ends the server alone where the box itself goes on. */
  async #tellWhetherMeant(): Promise<void> {
    const { life } = this.#parts;
    if (life.server.record.now && !(await isBoxEnding(this.#connections.supervisor))) life.staysDown();
  }

  /** The box has another configuration. */
  reconfigured(): void {
    this.#parts.life.reconfigured();
  }

  /** Restarts the game, as the server is defined now. */
  restart(): void {
    const { serverId, config, clock, log } = this.options;
    const id = `signal:${process.pid}:${clock.wallNow()}`;
    const definition = readDefinition(config().home, serverId);
    const data = { serverId, ...(typeof definition === 'object' && { start: startOf(definition) }) };
    this.#parts.commands
      .answer({ id, name: 'restart', data, deadlineMs: Infinity })
      .catch((error: unknown) => log.warn({ event: 'worker.restart_failed', error: String(error) }));
  }

  /**
   * Leaves the game as it is, for the next worker. A graceful leave first finishes the commands that are being said to
   * the game.
   */
  async leave(mode: 'graceful' | 'immediate'): Promise<void> {
    if (!this.#hasLetGo) await this.#letGo(mode);
    this.#exit(processExits.handedOver);
  }

  /**
   * Lets go of the server, for the worker that waits for it. This process ends when the supervisor says so, or when the
   * supervisor is gone.
   */
  async #handOver(): Promise<StoppedShard> {
    const { supervisor, queue } = this.#connections;
    const master = supervisor.peer;
    await this.#letGo('graceful');
    if (supervisor.peer !== master) await this.leave('graceful'); // the next supervisor knows of no handoff
    const { server } = this.#parts.life;
    const log = server.runs.current?.runLog;
    void queue.stop();
    this.options.releaseLock();
    return { SessionID: log?.id ?? '', Sequence: log?.position.console ?? 0, state: [server.status()] };
  }

  /**
   * Ends every part except the connections. Commands that are being said to the game are finished first; the next
   * worker does the rest.
   */
  async #letGo(mode: 'graceful' | 'immediate'): Promise<void> {
    if (this.#phase !== 'over') this.#phase = 'ending';
    const { commands, publishing, files, life } = this.#parts;
    const spoken = commands.close();
    if (mode === 'graceful') await spoken;
    if (this.#phase === 'over' || this.#hasLetGo) return;
    this.#hasLetGo = true;
    commands.leave();
    this.#wanted.leave();
    this.options.afterWork.finish();
    publishing.checkpoint();
    files.letGo();
    life.leave();
  }

  #makeConnections(): BoxLinks {
    const { serverId, config } = this.options;
    const { version } = config(); // that of this process, whoever writes the configuration later
    const { files, life: { server }, publishing: { sender } } = this.#parts;
    return new BoxLinks({
      serverId,
      box: files.box,
      version: () => version,
      isRunning: () => server.runs.current?.lives === true,
      status: () => this.#statusNow(),
      onMessage: (message) => this.#receive(message),
      onRequest: (method, params, context) => this.#answer(method, params, context),
      // The handoff died with the supervisor. Another worker will adopt the server.
      onSupervisorGone: () => { if (this.#hasLetGo) this.#exit(processExits.handedOver); },
      onQueueGone: () => sender.disconnected(),
    });
  }

  #statusTeller(): StatusTeller {
    const { setTitle, onUp, afterWork } = this.options;
    return new StatusTeller({
      later: afterWork,
      status: () => this.#statusNow(),
      isServing: () => this.#phase !== 'over' && !this.#hasLetGo,
      setTitle,
      tell: (status) => this.#connections.tell({ type: 'status', status }),
      onUp,
      onTold: () => this.#restOrLeave(),
    });
  }

  /** A server whose end is not told yet is down for nobody else to bring back. */
  #statusNow(): ServerStatus {
    const status = this.#parts.life.server.status();
    const staysDown = status.state === 'down' && (this.#phase === 'ending' || this.#wanted.isAsking);
    return { ...status, ...(staysDown && { staysDown }) };
  }

  #receive(message: Message): void {
    if (message.type === 'published') this.#parts.publishing.sender.published(message);
    else this.#slave.receive(message);
  }

  async #answer(method: string, params: unknown, { progress }: RequestContext): Promise<unknown> {
    const { life, commands, progress: listeners } = this.#parts;
    if (method === 'explain') return explain(life.server, { query: life.query.facts, hang: life.hang.facts });
    if (method === 'changeSettings') return life.settings.change(params as StartOrder); // the queue has parsed it
    if (method !== 'command') throw new PinkyError('unsupported', `a worker does not answer ${method}`);
    this.#idle.abort();
    this.#hasServed = true;
    try {
      // The queue has parsed it, and nobody else reaches this socket.
      const command = params as Command;
      return await listeners.during(command.name, progress, commands.answer(command));
    } finally {
      this.#status.tellNow(); // a caller who has the answer may ask for the status
      setImmediate(() => this.#restOrLeave());
    }
  }

  /** Leaves if there is no server, no command and nothing to publish. */
  #restOrLeave(): void {
    this.#idle.abort();
    const { life: { server: { record, state } }, commands, publishing: { sender } } = this.#parts;
    const isServing = record.now !== undefined || !['down', 'failed'].includes(state.now) || commands.areInHand;
    if (isServing || this.#phase !== 'serving' || !sender.isDone) return;
    this.#removeFiles();
    void this.#leaveUnlessAsked();
  }

  async #leaveUnlessAsked(): Promise<void> {
    const idle = new AbortController();
    this.#idle = idle;
    const patienceMs = this.#hasServed ? nextCommandMs : firstCommandMs;
    if (await this.options.clock.rest(patienceMs, idle.signal)) this.#exit(processExits.done);
  }

  #removeFiles(): void {
    const { files } = this.#parts;
    try {
      const isUsed = files.record() !== undefined || files.runs().length > 0;
      if (!isUsed) files.removeAll();
    } catch (error) {
      // the next worker that finds the folder tries again
      this.options.log.error({ event: 'server.unremoved', serverId: this.options.serverId, error: String(error) });
    }
  }

  #exit(code: number): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#idle.abort();
    this.#parts.commands.close().catch(() => undefined);
    void this.#connections.stop().then(() => this.options.exit(code));
  }
}
