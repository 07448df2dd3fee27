import { readFileSync } from 'node:fs';
import {
  boxPaths,
  Lifetime,
  redisKeys,
  type BoxConfig,
  type Clock,
  type Cursor,
  type Logger,
  type LongLived,
  type RedisKeys,
} from '@pinky/protocol';
import { DistributionCommands } from './distributions/distribution-commands.js';
import { Distributions } from './distributions/distributions.js';
import { JobConsumer } from './jobs/job-consumer.js';
import { jobLocks } from './jobs/job-locks.js';
import { ListConsumer } from './lists/list-consumer.js';
import { Outbox } from './publish/outbox.js';
import { Publisher } from './publish/publisher.js';
import { BoxOwner } from './owner/box-owner.js';
import { isNotOwner } from './owner/fenced-script.js';
import { homeInstance, type HomeInstance } from './owner/home-instance.js';
import { redisOptions } from './redis/address.js';
import { RedisConnection } from './redis/connection.js';
import type { CommandTargets } from './commands/check-and-route.js';
import type { CommandTimesFigures } from './commands/command-times.js';
import { isRefused, type RedisTrouble } from './redis/trouble.js';
import { RedisTroubles } from './redis/troubles.js';
import { within } from './redis/within.js';
import { BoxHeartbeat, type BoxHeartbeatOptions } from './state/box-heartbeat.js';
import { BoxState } from './state/box-state.js';
import { commandBacklog, type CommandBacklog } from './state/command-backlog.js';
import { StateWriter } from './state/state-writer.js';

export interface RedisSideOptions extends CommandTargets {
  readonly config: () => BoxConfig;
  readonly isExpected: (serverId: string) => boolean;
  readonly runningServers: () => number;
  readonly tell: (serverId: string, cursor: Cursor) => void;
  readonly onHeartbeat: () => Promise<void>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * `taken`: Redis is there, and another home has the name of this box. `refusing`: it is there, and refuses what the
 * queue needs to begin. A queue that Redis refuses something later is `connected`, with troubles.
 */
export interface RedisReport {
  readonly state: 'connected' | 'away' | 'taken' | 'refusing';
  readonly because?: string;
  /** The causes that stop commands or events, each once. Absent where a version before this one answers. */
  readonly troubles?: readonly RedisTrouble[];
  /** Somebody has set the box down in Redis by hand: every command through Redis is answered with `box_down`. */
  readonly isSetDown?: true;
  /** The Sentinels that do not answer, as `host:port`, while the connection to the master works. Absent: none. */
  readonly silentSentinels?: readonly string[];
}

/** How long a report may wait for Redis, milliseconds: `ps` waits for 2 s. */
const reportMs = 1_000;

/** The work of the queue at this moment. */
export interface QueueFigures {
  /** Commands that were taken and are not answered yet. */
  readonly inHand: number;
  /** Events that Redis does not have yet, as far as workers have sent them. */
  readonly eventsWaiting: number;
  readonly commands?: CommandBacklog;
  readonly times: CommandTimesFigures;
}

/**
 * Everything in the queue that needs Redis. It starts without a Redis, and catches up when there is one. A stop leaves
 * the commands in hand in Redis for the next queue, and still writes what the workers have said.
 */
export class RedisSide implements LongLived {
  readonly owner: BoxOwner;
  readonly publisher: Publisher;
  readonly states: StateWriter;
  readonly boxState: BoxState;
  readonly jobs: JobConsumer;
  readonly list: ListConsumer;
  readonly distributions: DistributionCommands;
  readonly #distributions: Distributions;
  readonly #redis: RedisConnection;
  readonly #troubles: RedisTroubles;
  readonly #waiting: RedisConnection;
  readonly #heartbeat: BoxHeartbeat;
  readonly #life = new Lifetime({ begin: () => this.#startAll(), end: () => this.#stopAll() });
  #address: string;

  constructor(private readonly options: RedisSideOptions) {
    const { config, router, boxCommands, times, logger, clock } = options;
    const keys = redisKeys(config().box);
    const address = () => redisOptions(config());
    this.#address = addressIn(config());
    this.#troubles = new RedisTroubles({ logger, clock });
    const instance = homeInstance(config().home);
    this.owner = this.#ownerFor(keys, instance);
    const connection = { address, troubles: this.#troubles, logger, clock };
    this.#redis = new RedisConnection({ ...connection, name: 'queue', owner: this.owner, isWatched: true });
    this.#waiting = new RedisConnection({ ...connection, name: 'queue-waiting' });
    // Those that wait inside a server would not notice that it is the wrong one by now. Where only the box is
    // another's, BullMQ's connection must still give back what it takes.
    this.#redis.onLost((because) => { if (!isNotOwner(because)) this.#replaceOthers(); });
    const context = { redis: this.#redis, keys, logger, clock };
    this.boxState = new BoxState(context);
    this.states = new StateWriter({ ...context, box: config().box, isExpected: options.isExpected });
    this.publisher = new Publisher({
      ...context,
      cap: () => config().events.cap,
      tell: options.tell,
      outbox: new Outbox({ ...context, home: config().home }),
    });
    this.#distributions = new Distributions({ ...context, box: config().box });
    this.distributions = new DistributionCommands({ ...context, config, distributions: this.#distributions });
    this.#heartbeat = this.#heartbeatWith(context);
    const consumers = {
      ...context,
      waiting: this.#waiting,
      address,
      troubles: this.#troubles,
      locks: jobLocks(config().home, instance.identity),
      router,
      boxCommands,
      times,
      boxState: this.boxState,
    };
    this.jobs = new JobConsumer(consumers);
    this.list = new ListConsumer(consumers);
  }

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  get isConnected(): boolean {
    return this.#redis.isReady;
  }

  /** How the queue stands with Redis, for people who ask. */
  async report(): Promise<RedisReport> {
    const isSetDown = await this.#isSetDown();
    const troubles = this.#troubles.all;
    if (this.#redis.isReady) {
      const { silentSentinels } = this.#redis;
      return {
        state: 'connected',
        troubles,
        ...(isSetDown && { isSetDown }),
        ...(silentSentinels.length > 0 && { silentSentinels }),
      };
    }
    const because = this.#redis.trouble;
    const isRefusal = troubles.some((trouble) => trouble.because === because && isRefused(trouble));
    const state = this.owner.other ? 'taken' : isRefusal ? 'refusing' : 'away';
    return { state, ...(because !== undefined && { because }), troubles };
  }

  async #isSetDown(): Promise<boolean> {
    if (this.boxState.isStopping || !this.#redis.isReady) return false;
    const isDown = within(this.boxState.isDown(), reportMs).catch(() => false); // the rest of the report says why
    return (await isDown) && !this.boxState.isStopping;
  }

  /** `commands` is absent while Redis is away. */
  async figures(): Promise<QueueFigures> {
    const { clock, config, times } = this.options;
    const backlog = { redis: this.#redis, keys: redisKeys(config().box), clock };
    const commands = await commandBacklog(backlog).catch(() => undefined); // it has gone away meanwhile
    return {
      inHand: this.inHand,
      eventsWaiting: this.publisher.waitingEvents,
      ...(commands && { commands }),
      times: times.figures,
    };
  }

  /** Commands by queue and by list that are in hand. One whose answer is not written yet still counts. */
  get inHand(): number {
    return this.jobs.inHand + this.list.inHand;
  }

  /**
   * The box is down: Redis says so, and the next box may have its name at once. While games go on without the box, the
   * name stays theirs: their keys and events are those of this home.
   */
  async goDown({ keepsName }: { readonly keepsName: boolean }): Promise<void> {
    await this.#heartbeat.stop();
    await this.boxState.set('down');
    if (!this.#redis.isReady || keepsName) return;
    await this.#redis.run('release the box', (client) => this.owner.release(client));
  }

  stopTaking(): void {
    this.jobs.stopTaking();
    this.list.stopTaking();
  }

  /** Goes on at another Redis, where the configuration names one. */
  reload(): void {
    const address = addressIn(this.options.config());
    if (address === this.#address) return;
    this.#address = address;
    this.#redis.replace();
    this.#replaceOthers();
  }

  #replaceOthers(): void {
    this.#waiting.replace();
    this.jobs.reconnect();
  }

  #ownerFor(keys: RedisKeys, instance: HomeInstance): BoxOwner {
    const { config, logger, clock } = this.options;
    return new BoxOwner({
      box: config().box,
      keys,
      instance,
      isPrivate: () => config().redis === undefined,
      heartbeatLifeMs: () => 3 * config().heartbeatIntervalMs,
      logger,
      clock,
    });
  }

  #heartbeatWith(context: Pick<BoxHeartbeatOptions, 'redis' | 'keys' | 'logger' | 'clock'>): BoxHeartbeat {
    const { config, runningServers } = this.options;
    const { version } = config(); // that of this process, whoever writes the configuration later
    return new BoxHeartbeat({
      ...context,
      intervalMs: () => config().heartbeatIntervalMs,
      serversDir: () => config().servers,
      version: () => version,
      owner: this.owner,
      supervisorPid: () => pidIn(boxPaths(config().home).supervisorPid),
      runningServers,
      also: () => this.#atHeartbeat(),
    });
  }

  /** Somebody may have removed keys, or Redis may have evicted them. */
  async #atHeartbeat(): Promise<void> {
    await Promise.all([this.options.onHeartbeat(), this.states.compare(), this.boxState.renew()]);
  }

  #startAll(): void {
    for (const part of [
      this.boxState,
      this.states,
      this.publisher,
      this.#heartbeat,
      this.jobs,
      this.list,
      this.#distributions,
      this.#redis,
      this.#waiting,
    ])
      part.start();
  }

  async #stopAll(): Promise<void> {
    await Promise.all([this.jobs.stop(), this.list.stop(), this.#heartbeat.stop()]);
    await Promise.all([this.#distributions.stop(), this.publisher.stop(), this.states.stop(), this.boxState.stop()]);
    await Promise.all([this.#redis.stop(), this.#waiting.stop()]);
  }
}

/** Everything that leads to Redis, as a text to compare. */
const addressIn = ({ redis, redisTls, redisPassword }: BoxConfig): string =>
  JSON.stringify([redis, redisTls, redisPassword]);

/** The pid in a pid file; undefined where there is none. */
function pidIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8').trim()) || undefined;
  } catch {
    return undefined; // no supervisor runs
  }
}
