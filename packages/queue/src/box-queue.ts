import {
  boxPaths,
  commandDeadlineMs,
  Lifetime,
  messageOf,
  systemClock,
  type BoxConfig,
  type Clock,
  type Logger,
  type LongLived,
  type Message,
  type ServerStatus,
} from '@pinky/protocol';
import { BoxCommands } from './commands/box-commands.js';
import { CommandTimes } from './commands/command-times.js';
import type { CommandTargets } from './commands/check-and-route.js';
import { Restores } from './commands/restores.js';
import { Definitions } from './definitions/definitions.js';
import { examineRedis } from './examine/examine-redis.js';
import { EventFeed } from './publish/event-feed.js';
import { EventLog } from './publish/event-log.js';
import { RedisSide } from './redis-side.js';
import { queueRequests } from './requests.js';
import { MissingWorkers } from './routing/missing-workers.js';
import { QueueSocket } from './routing/queue-socket.js';
import { Router } from './routing/router.js';
import { serverFolders } from './routing/server-folders.js';
import { SupervisorLink } from './routing/supervisor-link.js';
import { WorkerRegistry, type WorkerHandle } from './routing/worker-registry.js';
import { UsageSampler } from './usage/usage-sampler.js';

export interface BoxQueueOptions {
  readonly config: BoxConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** The first messages to the supervisor: who we are. */
  readonly greet: () => readonly Message[];
  /** The supervisor wants a successor in our place. */
  readonly onShutdown?: () => void;
}

/** How many commands were still in hand when a drain's time was over. */
export interface Drained {
  readonly left: number;
}

const lookMs = 20;
/** How long events that were taken may hold up the end, milliseconds. */
const flushMs = 2_000;

/** The queue of one box, between Redis and the workers. Its sockets serve with and without a Redis. */
export class BoxQueue implements LongLived {
  #config: BoxConfig;
  #isGoingDown = false;
  readonly #clock: Clock;
  readonly #registry: WorkerRegistry;
  readonly #router: Router;
  readonly #definitions: Definitions;
  readonly #feed: EventFeed;
  readonly #eventLog: EventLog;
  readonly #usage: UsageSampler;
  readonly #missing: MissingWorkers;
  readonly #redis: RedisSide;
  readonly #socket: QueueSocket;
  readonly #supervisor: SupervisorLink;
  readonly #life = new Lifetime({ begin: () => this.#startAll(), end: () => this.#stopAll() });

  constructor(private readonly options: BoxQueueOptions) {
    const { config, logger, greet } = options;
    this.#config = config;
    this.#clock = options.clock ?? systemClock;
    this.#registry = new WorkerRegistry({
      arrived: (worker) => this.#arrived(worker),
      changed: (worker) => this.#changed(worker),
      gone: (worker) => this.#gone(worker),
    });
    this.#feed = new EventFeed(logger);
    this.#eventLog = new EventLog(boxPaths(config.home).events, logger);
    this.#usage = new UsageSampler(() => this.#statuses(), this.#clock);
    this.#missing = this.#makeMissing();
    this.#router = new Router({ ...this.#workers, clock: this.#clock });
    this.#definitions = this.#makeDefinitions();
    this.#supervisor = new SupervisorLink({
      path: boxPaths(config.home).supervisorSocket,
      greet,
      onShutdown: () => options.onShutdown?.(),
      onRequest: (method, params, context) => this.#socket.request(method, params, context),
    });
    const targets = this.#makeTargets();
    this.#redis = this.#makeRedisSide(targets);
    this.#socket = this.#makeSocket(targets);
  }

  /** The workers of the box, as its parts ask for them. */
  get #workers() {
    return {
      workerOf: (serverId: string): WorkerHandle | undefined => this.#registry.get(serverId),
      isExpected: (serverId: string): boolean => this.#missing.isExpected(serverId),
      ensureWorker: (serverId: string): Promise<void> => this.#supervisor.ensureWorker(serverId),
    };
  }

  #makeMissing(): MissingWorkers {
    return new MissingWorkers({
      servers: () => this.#config.servers,
      hasWorker: (serverId) => this.#registry.get(serverId) !== undefined,
      ensureWorker: this.#workers.ensureWorker,
      isStopping: () => this.#redis.boxState.isStopping,
      areHeld: () => this.#config.areStartsHeld === true,
      onVanished: (serverId) => this.#forget(serverId),
      logger: this.options.logger,
      clock: this.#clock,
    });
  }

  #makeDefinitions(): Definitions {
    return new Definitions({
      config: () => this.#config,
      router: this.#router,
      ...this.#workers,
      logger: this.options.logger,
      clock: this.#clock,
    });
  }

  /** The parts that carry commands out. Those to workers go by the definitions. */
  #makeTargets(): CommandTargets {
    const boxCommands = new BoxCommands({
      registry: this.#registry,
      obstacleOf: (serverId) => this.#router.obstacleOf(serverId),
      isExpected: this.#workers.isExpected,
      supervisor: this.#supervisor,
      definitions: this.#definitions,
      schedules: this.#definitions.schedules.commands,
      distributions: () => this.#redis.distributions,
      restores: new Restores({
        ask: (ask, terms) => this.#supervisor.askCatalogue(ask, terms),
        stop: (routed) => this.#router.route(routed),
        start: (serverId, id, { onProgress }) => this.#definitions.commands.route({
          command: { name: 'start', data: { serverId } },
          id,
          deadlineMs: commandDeadlineMs.start,
          ...(onProgress && { onProgress }),
        }),
        isThere: (serverId) => this.#registry.get(serverId) !== undefined || this.#workers.isExpected(serverId),
        isWantedUp: (serverId) => this.#definitions.isWantedUp(serverId),
        hold: (serverId) => this.#definitions.hold(serverId),
      }),
    });
    return { router: this.#definitions.commands, boxCommands, times: new CommandTimes(this.#clock) };
  }

  #makeRedisSide(targets: CommandTargets): RedisSide {
    return new RedisSide({
      ...targets,
      config: () => this.#config,
      isExpected: this.#workers.isExpected,
      logger: this.options.logger,
      clock: this.#clock,
      runningServers: () => this.#statuses().filter(({ state }) => state !== 'down' && state !== 'failed').length,
      tell: (serverId, cursor) =>
        void this.#registry.get(serverId)?.peer.send({ type: 'published', serverId, ...cursor, takesLines: true }),
      onHeartbeat: () => this.#sample(),
    });
  }

  #makeSocket(targets: CommandTargets): QueueSocket {
    return new QueueSocket({
      path: boxPaths(this.#config.home).queueSocket,
      registry: this.#registry,
      feed: this.#feed,
      eventLog: this.#eventLog,
      logger: this.options.logger,
      onEvents: (batch, peer) => this.#redis.publisher.publish(batch, peer),
      requests: queueRequests({
        ...targets,
        registry: this.#registry,
        feed: this.#feed,
        usage: this.#usage,
        schedules: () => this.#definitions.schedules.commands.views(),
        obstacles: () => this.#router.obstacles(),
        redis: () => this.#redis.report(),
        figures: () => this.#redis.figures(),
        examine: () => examineRedis(this.#config),
        isStopping: () => this.#redis.boxState.isStopping,
        clock: this.#clock,
        definitions: this.#definitions,
        drain: (deadlineMs, keepsState) => this.drain(deadlineMs, keepsState),
      }),
    });
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#life.start(signal);
  }

  /** Ends everything. With `down` the box itself is being stopped, and Redis will say so. The first call decides. */
  stop(how: { readonly down: boolean } = { down: false }): Promise<void> {
    if (!this.#life.signal.aborted) this.#isGoingDown = how.down;
    return this.#life.stop();
  }

  get config(): BoxConfig {
    return this.#config;
  }

  /** Takes no more commands from Redis, and waits for those in hand. Unless kept, the state becomes `stopping`. */
  async drain(deadlineMs: number, keepsState = false): Promise<Drained> {
    const endsAt = this.#clock.now() + deadlineMs;
    this.#redis.stopTaking();
    this.#definitions.stopStarting();
    if (!keepsState) await this.#redis.boxState.set('stopping');
    while (this.#inHand > 0 && this.#clock.now() < endsAt) await this.#clock.sleep(lookMs);
    return { left: this.#inHand };
  }

  reload(config: BoxConfig): void {
    this.#config = config;
    this.#redis.reload();
  }

  /** Figures for the dump on CONT, without a secret. */
  describe(): Record<string, unknown> {
    return {
      redis: this.#redis.isConnected ? 'connected' : 'away',
      inHand: this.#inHand,
      workers: this.#registry.all().map(({ serverId, pid, status }) => ({ serverId, pid, state: status.state })),
    };
  }

  async #startAll(): Promise<void> {
    this.#definitions.load();
    this.#eventLog.load();
    await this.#socket.start();
    this.#supervisor.start();
    this.#redis.start();
    this.#definitions.start();
    this.#missing.start();
  }

  async #stopAll(): Promise<void> {
    const withoutSupervisor = Promise.all([this.#supervisor.stop(), this.#missing.stop(), this.#definitions.stop()]);
    await this.#redis.publisher.flush(flushMs);
    // If Redis is away, its return finds us gone.
    if (this.#isGoingDown) await this.#redis.goDown({ keepsName: this.#hasGames }).catch(() => undefined);
    await this.#redis.stop();
    this.#router.stop();
    await this.#socket.stop();
    await withoutSupervisor;
  }

  /** Whether a game may still run. A server whose worker is away has its folder. */
  get #hasGames(): boolean {
    return serverFolders(this.#config.servers).some((serverId) => {
      const state = this.#registry.get(serverId)?.status.state;
      return state !== 'down' && state !== 'failed';
    });
  }

  get #inHand(): number {
    return Math.max(this.#redis.inHand, this.#router.inHand);
  }

  #statuses(): ServerStatus[] {
    return this.#registry.all().map((worker) => worker.status);
  }

  #arrived(worker: WorkerHandle): void {
    const { serverId, pid, status } = worker;
    this.options.logger.info({ event: 'worker.arrived', serverId, worker: pid, state: status.state });
    this.#router.workerArrived(worker);
    this.#definitions.arrived(status);
    this.#redis.publisher.resume(serverId);
  }

  #changed({ status }: WorkerHandle): void {
    this.#redis.states.set(status);
    this.#definitions.seen(status);
  }

  #gone(worker: WorkerHandle): void {
    const { serverId, pid, status } = worker;
    this.options.logger.info({ event: 'worker.gone', serverId, worker: pid, state: status.state });
    this.#router.workerGone(worker);
    this.#missing.workerGone(serverId);
  }

  #forget(serverId: string): void {
    this.#redis.states.remove(serverId);
    this.#redis.publisher.forget(serverId);
    this.#feed.forget(serverId);
    this.#eventLog.forget(serverId);
  }

  async #sample(): Promise<void> {
    await this.#usage
      .keepFresh()
      .catch((error: unknown) => this.options.logger.warn({ event: 'usage.failed', because: messageOf(error) }));
  }
}
