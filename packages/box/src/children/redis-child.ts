import { boxPaths, type BoxConfig, type Clock, type Logger } from '@pinky/protocol';
import type { ChildSpec, ProcessTree } from '@pinky/supervisor';
import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { redisOfPidFile } from '../home/redis-process.js';
import { AofGuard } from '../redis-data/aof-guard.js';
import { RedisMender } from '../redis-data/redis-mender.js';
import { redisName } from './child-names.js';
import { redisSpec, type BoxPrograms } from './child-specs.js';
import { writeRedisConf } from './redis-conf.js';
import { probeRedis } from './redis-probe.js';
import { RedisSocket } from './redis-socket.js';

/** How long a Redis that listens may take to say its pid, in milliseconds. It answers INFO even while it loads data. */
const probeTimeoutMs = 2_000;

export interface RedisChildOptions {
  readonly tree: ProcessTree;
  readonly programs: BoxPrograms;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The private Redis as a child of the tree: adopted if it runs already, started if not. */
export class RedisChild {
  #connection: Socket | undefined;
  #socket: RedisSocket | undefined;
  #guard: AofGuard | undefined;
  #mender: RedisMender | undefined;

  constructor(private readonly options: RedisChildOptions) {}

  async start(config: BoxConfig): Promise<void> {
    const { tree, programs, logger, clock } = this.options;
    const mender = this.#makeMender(config, () => tree.start(redisName, spec));
    const spec: ChildSpec = {
      ...redisSpec(config, programs, writeRedisConf(config)),
      isWanted: () => !mender.takesOver(),
    };
    const paths = boxPaths(config.home);
    this.#socket = new RedisSocket({ path: paths.redisSocket, tree, logger, clock });
    this.#socket.start();
    this.#guard = new AofGuard({
      socketPath: paths.redisSocket,
      password: config.redisPassword ?? '',
      redisDir: paths.redisDir,
      tree,
      logger,
      clock,
    });
    this.#guard.start();
    const running = await probeRedis(paths.redisSocket, config.redisPassword ?? '', probeTimeoutMs);
    if (running) {
      tree.adopt(redisName, spec, running.identity);
      this.#hold(running.connection);
      return;
    }
    const silent = redisOfPidFile(config.home);
    if (silent) return void tree.adopt(redisName, spec, silent);
    rmSync(paths.redisPid, { force: true });
    mender.startRedis();
  }

  /** If Redis could not be started so far, it is not tried again. */
  stopMending(): void {
    this.#mender?.stop();
  }

  /** Closes the connection. Redis keeps running. */
  release(): void {
    this.stopMending();
    void this.#socket?.stop();
    void this.#guard?.stop();
    this.#connection?.removeAllListeners('close');
    this.#connection?.destroy();
  }

  #makeMender(config: BoxConfig, launch: () => void): RedisMender {
    const { redisDir } = boxPaths(config.home);
    const { tree, programs, logger, clock } = this.options;
    this.#mender = new RedisMender({
      home: config.home,
      redisDir,
      logFile: logOf(config.home),
      redisServer: programs.redisServer,
      tree,
      logger,
      clock,
      launch,
    });
    return this.#mender;
  }

  #hold(connection: Socket): void {
    this.#connection = connection;
    this.options.tree.connectionHeld(redisName, true);
    connection.once('close', () => this.options.tree.connectionHeld(redisName, false));
    if (connection.destroyed) this.options.tree.connectionHeld(redisName, false);
    connection.resume();
  }
}

const logOf = (home: string): string => join(boxPaths(home).logDir, `${redisName}.log`);
