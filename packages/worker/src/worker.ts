import { basename } from 'node:path';
import { identify } from '@pinky/supervisor/identity';
import {
  HandoffSlave,
  Link,
  PinkyError,
  processExits,
  titles,
  type BoxConfig,
  type Clock,
  type Command,
  type Logger,
  type Message,
  type RequestContext,
  type ServerStatus,
  type StoppedShard,
} from '@pinky/protocol';
import { Commands } from './commands/commands.js';
import { explain } from './commands/explain.js';
import { ProgressBoard } from './commands/progress.js';
import { killRemains } from './launch/remains.js';
import { adopt } from './life/adoption.js';
import { Backups } from './life/backups.js';
import { GameServer } from './life/game-server.js';
import { ServerFiles } from './life/server-files.js';
import { StopFlow } from './life/stop-flow.js';
import { PortPool } from './ports/port-pool.js';
import { Publishing } from './publish/publishing.js';
import { AnswerBook } from './record/answers.js';

/**
 * A worker without a server waits this long for a first command, milliseconds; one whose server was stopped, for
 * another.
 */
const firstCommandMs = 10_000;
const nextCommandMs = 250;
/** What is still on its way to the queue when a worker leaves may take this long to get there, milliseconds. */
const farewellMs = 1_000;

/** From closing the connections to the end of the process, milliseconds: what was said last goes out. */
const goodbyeMs = 10;

/** Unpublished console where the configuration says nothing, bytes. */
const usualLimitBytes = 256 * 1024 * 1024;

export interface WorkerOptions {
  readonly serverId: string;
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly exit: (code: number) => void;
  readonly setTitle: (title: string) => void;
  /** The server is another's from now on. */
  readonly releaseLock: () => void;
  /** The game is up, for the first time in this process. */
  readonly onUp: () => void;
}

/** The process that owns one game server: its parts, put together, and its two connections. */
export class Worker {
  readonly #server: GameServer;
  readonly #stops: StopFlow;
  readonly #commands: Commands;
  readonly #progress = new ProgressBoard();
  readonly #publishing: Publishing;
  readonly #links: readonly [supervisor: Link, queue: Link];
  readonly #files: ServerFiles;
  readonly #slave: HandoffSlave;
  #statusIsDue = false;
  #title = '';
  #idle: NodeJS.Timeout | undefined;
  #hasServed = false;
  /** `ending`: a signal is being obeyed that ends this process; `over`: it is about to exit. */
  #phase: 'adopting' | 'serving' | 'ending' | 'over' = 'adopting';
  #hasLetGo = false;
  #wasUp = false;

  constructor(private readonly options: WorkerOptions) {
    const { serverId, config, clock, log } = options;
    const files = new ServerFiles(serverId, config());
    this.#files = files;
    const book = new AnswerBook(files.box.answers(serverId));
    this.#publishing = new Publishing({
      files,
      box: () => config().box,
      clock,
      log,
      send: (message) => this.#links[1].send(message),
      instance: () => this.#server.instance,
      onIdle: () => this.#restOrLeave(),
      onNewerRun: (run) => book.useRun(run),
      limitBytes: () => config().events.unpublishedLimitBytes ?? usualLimitBytes,
    });
    this.#server = new GameServer({
      config,
      files,
      book,
      clock,
      log,
      ports: new PortPool(files.box.ports, config().ports),
      publisher: this.#publishing.publisher,
      clearRemains: () => killRemains({ game: undefined, datafile: files.paths.datafile, wrapperPid: undefined }),
      onStatus: () => this.#tellStatus(),
      onProgress: this.#progress.tell,
    });
    const backups = new Backups(this.#server);
    this.#stops = new StopFlow(this.#server, backups, (timeoutMs) => this.#publishing.settled(timeoutMs));
    this.#commands = new Commands({ server: this.#server, stops: this.#stops, backups, book });
    this.#slave = this.#handoffSlave();
    this.#links = [this.#link(files.box.supervisorSocket, 'supervisor'), this.#link(files.box.queueSocket, 'queue')];
  }

  /** Takes over what is there, then connects. */
  async start(): Promise<void> {
    const { clock, log } = this.options;
    await adopt({
      server: this.#server,
      stops: this.#stops,
      files: this.#files,
      publisher: this.#publishing.publisher,
      clock,
      log,
    });
    this.#phase = 'serving';
    for (const link of this.#links) link.start();
    this.#tellStatus();
  }

  /**
   * TERM and QUIT: the game ends, then this process. It does not wait for a game that KILL does not end: what is asked
   * of it is written down, and the worker that finds it next goes on.
   */
  async stop(mode: 'graceful' | 'immediate'): Promise<void> {
    if (this.#hasLetGo) return this.#exit(processExits.handedOver); // it is the successor's to stop
    if (this.#phase !== 'over') this.#phase = 'ending';
    const spoken = this.#commands.close();
    try {
      if (mode === 'graceful') await spoken;
      if (this.#server.record) await Promise.race([this.#stops.stop(mode), this.#stops.stuck]);
    } catch (error) {
      this.options.log.error({ event: 'worker.stop_failed', error: String(error) });
    }
    await this.#publishing.finished(farewellMs);
    if (!this.#hasLetGo) this.#removeFiles();
    this.#exit(processExits.done);
  }

  /** The box has another configuration; what asks for it anew finds it by itself. */
  reconfigured(): void {
    this.#server.backups.reconsider();
  }

  restart(): void {
    const { serverId, clock, log } = this.options;
    this.#commands
      .obey({
        id: `signal:${process.pid}:${clock.wallNow()}`,
        name: 'restart',
        data: { serverId },
        deadlineMs: Infinity,
      })
      .catch((error: unknown) => log.warn({ event: 'worker.restart_failed', error: String(error) }));
  }

  /** Leaves for a successor, the game as it is. Gracefully: the commands that are being spoken are finished first. */
  async leave(mode: 'graceful' | 'immediate'): Promise<void> {
    if (!this.#hasLetGo) await this.#letGo(mode);
    this.#exit(processExits.handedOver);
  }

  /**
   * Lets go of the server for the successor that is waiting for it; this process ends when the master says so, or is
   * gone.
   */
  async #handOver(): Promise<StoppedShard> {
    const master = this.#links[0].peer;
    await this.#letGo('graceful');
    if (this.#links[0].peer !== master) await this.leave('graceful'); // the next master knows of no successor
    const run = this.#server.instance?.run;
    void this.#links[1].stop();
    this.options.releaseLock();
    return { SessionID: run?.id ?? '', Sequence: run?.position.console ?? 0, state: [this.#server.status()] };
  }

  /** Ends every part but the connections. What is being spoken is finished first; the rest is the successor's to do. */
  async #letGo(mode: 'graceful' | 'immediate'): Promise<void> {
    if (this.#phase !== 'over') this.#phase = 'ending';
    const spoken = this.#commands.close();
    if (mode === 'graceful') await spoken;
    if (this.#phase === 'over' || this.#hasLetGo) return;
    this.#hasLetGo = true;
    this.#commands.leave();
    this.#publishing.checkpoint();
    this.#files.letGo();
    this.#server.leave();
  }

  /** The slave's end of a handoff (docs/handoff.md): the game server is the shard. */
  #handoffSlave(): HandoffSlave {
    return new HandoffSlave({
      send: (message) => this.#links[0].send(message),
      onFailure: (error) => this.options.log.error({ event: 'handoff.failed', error: String(error) }),
      duties: {
        softStart: async () => undefined,
        fullStart: async () => undefined, // it serves already
        migrationStart: async (_from, shards) => shards,
        stopShard: () => this.#handOver(),
        guildState: () => undefined,
        resume: async () => this.#exit(processExits.handedOver), // given back: a fresh process finds everything on disk
        shutdown: () => this.leave('graceful'),
      },
    });
  }

  #link(path: string, to: 'supervisor' | 'queue'): Link {
    return new Link({ path }, {
      greet: () => this.#greeting(),
      onMessage: (message) => this.#receive(message),
      onRequest: (method, params, context) => this.#obey(method, params, context),
      onDisconnected: () => (to === 'queue' ? this.#publishing.publisher.disconnected() : this.#orphaned()),
    });
  }

  /** The supervisor is gone, and with it the handoff: the server that was let go is for whoever adopts it. */
  #orphaned(): void {
    if (this.#hasLetGo) this.#exit(processExits.handedOver);
  }

  #greeting(): Message[] {
    const { serverId, config } = this.options;
    const startTime = identify(process.pid)?.startTime ?? '';
    return [
      {
        type: 'identify',
        role: 'worker',
        pid: process.pid,
        startTime,
        version: config().version,
        serverId,
      },
      { type: 'slaveHello', Running: this.#server.instance?.lives === true },
      { type: 'status', status: this.#server.status() },
    ];
  }

  #receive(message: Message): void {
    if (message.type === 'published') this.#publishing.publisher.published(message);
    else this.#slave.receive(message);
  }

  async #obey(method: string, params: unknown, { progress }: RequestContext): Promise<unknown> {
    if (method === 'explain') return explain(this.#server);
    if (method !== 'command') throw new PinkyError('unsupported', `a worker does not answer ${method}`);
    clearTimeout(this.#idle);
    this.#hasServed = true;
    try {
      // The queue has parsed it; nobody else reaches this socket.
      const command = params as Command;
      return await this.#progress.during(command.name, progress, this.#commands.obey(command));
    } finally {
      setImmediate(() => this.#restOrLeave());
    }
  }

  /** Says what is true now, once per turn of the event loop however much changed. */
  #tellStatus(): void {
    if (this.#statusIsDue) return;
    this.#statusIsDue = true;
    setImmediate(() => {
      this.#statusIsDue = false;
      if (this.#phase === 'over' || this.#hasLetGo) return;
      const status = this.#server.status();
      this.#entitle(status);
      if (status.state === 'up' && !this.#wasUp) this.options.onUp();
      this.#wasUp ||= status.state === 'up';
      for (const link of this.#links) link.send({ type: 'status', status });
      this.#restOrLeave();
    });
  }

  #entitle({ serverId, game, state, isBackingUp, port, players }: ServerStatus): void {
    const title = titles.worker({
      serverId,
      game: basename(game),
      state,
      isBackingUp,
      port,
      players: players.length,
    });
    if (title !== this.#title) this.options.setTitle(title);
    this.#title = title;
  }

  /** A worker without a server, a command or anything to publish is not needed. */
  #restOrLeave(): void {
    clearTimeout(this.#idle);
    const { record, state } = this.#server;
    const isServing = record !== undefined || !['down', 'failed'].includes(state) || this.#commands.areInHand;
    if (isServing || this.#phase !== 'serving' || !this.#publishing.publisher.isDone) return;
    this.#removeFiles();
    this.#idle = setTimeout(() => this.#exit(processExits.done), this.#hasServed ? nextCommandMs : firstCommandMs);
  }

  #removeFiles(): void {
    try {
      // what nobody asks for, and nobody waits for
      const isUsed = this.#files.record() !== undefined || this.#files.runs().length > 0;
      if (!isUsed) this.#files.removeAll();
    } catch (error) {
      // whoever finds the folder tries again
      this.options.log.error({ event: 'server.unremoved', serverId: this.options.serverId, error: String(error) });
    }
  }

  #exit(code: number): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#commands.close().catch(() => undefined);
    clearTimeout(this.#idle);
    for (const link of this.#links) void link.stop();
    setTimeout(() => this.options.exit(code), goodbyeMs);
  }
}
