import { existsSync, readdirSync } from 'node:fs';
import {
  boxPaths,
  isServerId,
  PinkyError,
  serverPaths,
  systemClock,
  type BoxConfig,
  type Clock,
  type Logger,
  type Message,
  type RequestContext,
} from '@pinky/protocol';
import { lifetime } from './lifetime.js';
import { Feed } from './publish/feed.js';
import { RedisSide } from './redis-side.js';
import { QueueSocket } from './routing/queue-socket.js';
import { Router } from './routing/router.js';
import { SupervisorLink } from './routing/supervisor-link.js';
import { WorkerRegistry, type WorkerHandle } from './routing/worker-registry.js';
import { queueRequests } from './requests.js';
import { helloTimeMs } from './state/state-board.js';
import { UsageSampler } from './usage/usage-sampler.js';

export interface BoxQueueOptions {
  readonly config: BoxConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** What the supervisor is told first: who we are. */
  readonly greet: () => readonly Message[];
  /** The supervisor wants a successor in our place. */
  readonly onShutdown?: () => void;
}

/** What was still in hand when a drain's time was over. */
export interface Drained {
  readonly left: number;
}

const lookMs = 20;
/** How long events that were taken may hold up the end, milliseconds. */
const flushMs = 2_000;

/** The queue of one box: Redis on one side, the workers on the other. The sockets serve with and without Redis. */
export class BoxQueue {
  #config: BoxConfig;
  readonly #clock: Clock;
  readonly #stopped = lifetime();
  readonly #registry: WorkerRegistry;
  readonly #router: Router;
  readonly #feed: Feed;
  readonly #usage: UsageSampler;
  readonly #redis: RedisSide;
  readonly #socket: QueueSocket;
  readonly #supervisor: SupervisorLink;

  constructor(private readonly options: BoxQueueOptions) {
    const { logger } = options;
    const clock = this.#clock = options.clock ?? systemClock;
    this.#config = options.config;
    const isExpected = (serverId: string): boolean => this.#isExpected(serverId);
    const ensureWorker = (serverId: string): Promise<void> => this.#supervisor.ensureWorker(serverId);
    this.#registry = new WorkerRegistry({
      arrived: (worker) => this.#arrived(worker),
      changed: (worker) => this.#redis.board.set(worker.status),
      gone: (worker) => this.#gone(worker),
    });
    this.#router = new Router({
      workerOf: (serverId) => this.#registry.get(serverId),
      isExpected,
      ensureWorker,
      clock,
    });
    this.#feed = new Feed(logger);
    const statuses = () => this.#registry.all().map((worker) => worker.status);
    this.#usage = new UsageSampler(statuses);
    this.#redis = new RedisSide({
      config: () => this.#config,
      router: this.#router,
      isExpected,
      logger,
      clock,
      runningServers: () => statuses().filter((status) => status.state !== 'down' && status.state !== 'failed').length,
      tell: (serverId, cursor) =>
        void this.#registry.get(serverId)?.peer.send({ type: 'published', serverId, ...cursor }),
      onHeartbeat: () => this.#sample(),
    });
    const requests = queueRequests({
      router: this.#router,
      registry: this.#registry,
      feed: this.#feed,
      usage: this.#usage,
      isExpected,
      isStopping: () => this.#redis.boxState.isStopping,
      drain: (deadlineMs, keepsState) => this.drain(deadlineMs, keepsState),
    });
    const paths = boxPaths(options.config.home);
    this.#socket = new QueueSocket({
      path: paths.queueSocket,
      registry: this.#registry,
      feed: this.#feed,
      onEvents: (batch, peer) => this.#redis.publisher.publish(batch, peer),
      requests,
    });
    this.#supervisor = new SupervisorLink({
      path: paths.supervisorSocket,
      greet: options.greet,
      onShutdown: () => options.onShutdown?.(),
      onRequest: (method, params, context: RequestContext) => this.#socket.request(method, params, context),
    });
  }

  async start(): Promise<void> {
    await this.#socket.start();
    this.#supervisor.start();
    this.#redis.start();
    void this.#later(() => this.#startMissingWorkers());
  }

  get config(): BoxConfig {
    return this.#config;
  }

  /**
   * Takes no more commands from Redis and waits for those in hand. The box's state becomes `stopping`, unless it is
   * kept.
   */
  async drain(deadlineMs: number, keepsState = false): Promise<Drained> {
    const endsAt = this.#clock.now() + deadlineMs;
    this.#redis.stopTaking();
    if (!keepsState) await this.#redis.boxState.set('stopping');
    while (this.#inHand > 0 && this.#clock.now() < endsAt) await this.#clock.sleep(lookMs);
    return { left: this.#inHand };
  }

  /** Ends everything. `down`: the box is being stopped, and Redis shall say so. */
  async stop(how: { readonly down: boolean }): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort(new Error('stopped'));
    this.#supervisor.stop();
    await this.#redis.publisher.flush(flushMs);
    if (how.down) await this.#redis.boxState.set('down');
    await this.#redis.stop();
    this.#router.stop();
    await this.#socket.stop();
  }

  reload(config: BoxConfig): void {
    this.#config = config;
    this.#redis.reload();
  }

  /** Figures for the dump on CONT; nothing secret. */
  describe(): Record<string, unknown> {
    return {
      redis: this.#redis.isConnected ? 'connected' : 'away', inHand: this.#inHand,
      workers: this.#registry.all().map(({ serverId, pid, status }) => ({ serverId, pid, state: status.state })),
    };
  }

  get #inHand(): number {
    return Math.max(this.#redis.inHand, this.#router.inHand);
  }

  #arrived(worker: WorkerHandle): void {
    this.options.logger.info({
      event: 'worker.arrived',
      serverId: worker.serverId,
      worker: worker.pid,
      state: worker.status.state,
    });
    this.#router.workerArrived(worker);
    this.#redis.publisher.resume(worker.serverId);
  }

  #gone(worker: WorkerHandle): void {
    const { serverId, pid } = worker;
    this.options.logger.info({ event: 'worker.gone', serverId, worker: pid, state: worker.status.state });
    this.#router.workerGone(worker);
    void this.#later(() => this.#settleAbsence(serverId));
  }

  /** A server without a worker: one that is needed is asked for, any other is forgotten together with its keys. */
  async #settleAbsence(serverId: string): Promise<void> {
    if (this.#registry.get(serverId)) return;
    if (this.#isExpected(serverId)) return this.#ask(serverId);
    this.#redis.board.remove(serverId);
    this.#redis.publisher.forget(serverId);
    this.#feed.forget(serverId);
  }

  async #startMissingWorkers(): Promise<void> {
    for (const serverId of serverFolders(this.#config.servers))
      if (!this.#registry.get(serverId)) await this.#ask(serverId);
  }

  async #ask(serverId: string): Promise<void> {
    if (this.#redis.boxState.isStopping) return;
    await this.#supervisor
      .ensureWorker(serverId)
      .catch((error: PinkyError) =>
        this.options.logger.debug({ event: 'worker.missing', serverId, because: error.message }),
      );
  }

  /** Does it once the workers had time to say hello. */
  async #later(task: () => Promise<void>): Promise<void> {
    if (await this.#clock.rest(helloTimeMs, this.#stopped.signal)) await task();
  }

  async #sample(): Promise<void> {
    await this.#usage
      .sample()
      .catch((error: unknown) =>
        this.options.logger.warn({
          event: 'usage.failed',
          because: error instanceof Error ? error.message : String(error),
        }),
      );
  }

  /** A server's folder says that a worker is needed for it. */
  #isExpected(serverId: string): boolean {
    return existsSync(serverPaths(this.#config.servers, serverId).dir);
  }
}

function serverFolders(servers: string): string[] {
  try {
    return readdirSync(servers, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isServerId(entry.name))
      .map((entry) => entry.name);
  } catch {
    return []; // no server was ever started here
  }
}
