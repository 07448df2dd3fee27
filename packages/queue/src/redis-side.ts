import { redisKeys, type BoxConfig, type Clock, type Cursor, type Logger } from '@pinky/protocol';
import { JobConsumer } from './commands/job-consumer.js';
import { lockOwner } from './commands/job-tending.js';
import { ListConsumer } from './commands/list-consumer.js';
import { Publisher } from './publish/publisher.js';
import { redisOptions } from './redis/address.js';
import { RedisConnection } from './redis/connection.js';
import type { Router } from './routing/router.js';
import { BoxState } from './state/box-state.js';
import { HeartbeatWriter } from './state/heartbeat.js';
import { StateBoard } from './state/state-board.js';

export interface RedisSideOptions {
  readonly config: () => BoxConfig;
  readonly router: Router;
  readonly isExpected: (serverId: string) => boolean;
  readonly runningServers: () => number;
  readonly tell: (serverId: string, cursor: Cursor) => void;
  readonly onHeartbeat: () => Promise<void>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Everything of the queue that needs Redis. It starts without one, and catches up when there is one. */
export class RedisSide {
  readonly publisher: Publisher;
  readonly board: StateBoard;
  readonly boxState: BoxState;
  readonly jobs: JobConsumer;
  readonly list: ListConsumer;
  readonly #redis: RedisConnection;
  readonly #waiting: RedisConnection;
  readonly #heartbeat: HeartbeatWriter;
  #address: string;

  constructor(private readonly options: RedisSideOptions) {
    const { config, router, logger, clock } = options;
    const keys = redisKeys(config().box);
    const address = () => redisOptions(config());
    this.#address = JSON.stringify(address());
    this.#redis = new RedisConnection({ name: 'queue', address, logger, clock });
    this.#waiting = new RedisConnection({ name: 'queue-waiting', address, logger, clock });
    const common = { redis: this.#redis, keys, logger, clock };
    this.boxState = new BoxState(common);
    this.board = new StateBoard({ ...common, isExpected: options.isExpected });
    this.publisher = new Publisher({ ...common, cap: () => config().events.cap, tell: options.tell });
    this.#heartbeat = new HeartbeatWriter({
      ...common,
      intervalMs: () => config().heartbeatIntervalMs,
      serversDir: () => config().servers,
      version: () => config().version,
      runningServers: options.runningServers,
      also: options.onHeartbeat,
    });
    this.jobs = new JobConsumer({
      ...common,
      address,
      owner: lockOwner(config().home),
      router,
      boxState: this.boxState,
    });
    this.list = new ListConsumer({ ...common, waiting: this.#waiting, router, boxState: this.boxState });
  }

  get isConnected(): boolean {
    return this.#redis.isReady;
  }

  start(): void {
    for (const part of [
      this.boxState,
      this.board,
      this.publisher,
      this.#heartbeat,
      this.jobs,
      this.list,
      this.#redis,
      this.#waiting,
    ])
      part.start();
  }

  /** Commands by queue and by list: those in hand, answers that are not written yet included. */
  get inHand(): number {
    return this.jobs.inHand + this.list.inHand;
  }

  stopTaking(): void {
    this.jobs.stopTaking();
    this.list.stopTaking();
  }

  /** Commands in hand are left in Redis for the next queue; what workers have said is still written. */
  async stop(): Promise<void> {
    await Promise.all([this.jobs.stop(), this.list.stop(), this.#heartbeat.stop()]);
    this.publisher.stop();
    await this.board.stop();
    this.boxState.stop();
    await Promise.all([this.#redis.stop(), this.#waiting.stop()]);
  }

  /** Where the configuration names another Redis, everything goes on there. */
  reload(): void {
    const address = JSON.stringify(redisOptions(this.options.config()));
    if (address === this.#address) return;
    this.#address = address;
    this.#redis.replace();
    this.#waiting.replace();
    this.jobs.reconnect();
  }
}
