import { asPinkyError, deferred, PinkyError, systemClock } from '@pinky/protocol/base';
import { ProcessTree, type HeldSignals, type ProcessLogger } from '@pinky/supervisor';
import { AdoptedWorkers } from '../adopt/adopted-workers.js';
import type { ConfigSource } from '../config/config-source.js';
import { WorkerLadders } from '../config/ladders.js';
import type { EffectiveConfig } from '../config/server-config.js';
import { checkPresentWorker, workerLauncher, type LauncherOptions } from '../launch/launch-worker.js';
import type { ServerParts } from '../launch/server-parts.js';
import { WorkerExits } from '../launch/worker-exits.js';
import { WorkerPool } from '../pool/worker-pool.js';
import { callHook } from '../process/call-hook.js';
import { DumpOnCont } from '../process/dump-on-cont.js';
import { withLiveConfig } from '../process/live-config.js';
import type { LiveRelease } from '../process/live-release.js';
import { makeServer } from '../process/make-instance.js';
import { reloadSource } from '../process/reload-source.js';
import { reportServerFailure } from '../process/report-failure.js';
import { serverSockets } from '../sockets/server-sockets.js';
import { SocketManager, type SocketSource } from '../sockets/socket-manager.js';
import type { WorkerGiven } from '../worker/worker.js';
import { serverSignals } from './server-signals.js';
import type { Server, ServerContext, ServerMethods, ServerModule } from './server.js';

export interface ServerProcessOptions {
  readonly server: ServerModule | null;
  readonly worker: WorkerGiven;
  readonly source: ConfigSource;
  readonly logger: ProcessLogger;
  readonly signals: HeldSignals;
  /** The source of shared sockets: the system, or the supervisor above. */
  readonly socketSource?: SocketSource;
  readonly release: LiveRelease;
  /** `beforeRun` has succeeded, and the workers will now start. */
  readonly onReady: () => void;
}

/** The longest time for a timer of Node. */
const longestMs = 2 ** 31 - 1;

/** One server: its module, its workers, and the requests that signals make. */
export class ServerProcess {
  readonly #done = deferred<void>();
  readonly #parts: ServerParts;
  readonly #dump: DumpOnCont;
  readonly #server: Server & ServerMethods;
  readonly #pool: WorkerPool;
  readonly #launching: LauncherOptions;
  #adopted: AdoptedWorkers | undefined;
  #hasStarted = false;
  #failure: number | undefined;
  #hasRunAfter = false;
  #hasRunWorkers = false;
  /** How surplus workers are stopped at present: as the request says that reads the configuration again. */
  #isScaledGracefully = true;
  /** A restart has left no worker to start. */
  #isRestartedToNone = false;

  constructor(private readonly options: ServerProcessOptions) {
    const { logger } = options;
    this.#dump = new DumpOnCont(() => this.config, logger);
    this.#parts = this.#makeParts();
    this.#server = makeServer(options.server, this.#context());
    this.#launching = {
      ...this.#parts,
      given: options.worker,
      server: () => this.#server,
      adopted: () => this.#adopted,
      onThrown: (error) => this.#fail(error),
    };
    this.#pool = new WorkerPool({
      clock: systemClock,
      log: logger,
      random: Math.random,
      config: () => this.config,
      launch: workerLauncher(this.#launching),
      onUnrecoverable: () => this.#unrecoverable(),
      onIdle: () => this.#idle(),
      onFailure: (error) => this.#fail(error),
    });
  }

  get config(): EffectiveConfig {
    return this.options.source.current;
  }

  /** Resolves with the exit code when all workers are gone and `afterRun` is done. Rejects if `beforeRun` fails. */
  async run(): Promise<number> {
    this.options.signals.obey(serverSignals(this.#server, (hook, call) => this.#call(hook, call), this.#dump));
    await checkPresentWorker(this.#launching);
    this.#adopt();
    await this.#server.beforeRun?.();
    await this.#adopted?.start(this.#pool.isStopping ? 0 : this.#count());
    process.once('exit', this.#atExit);
    this.options.onReady();
    this.#hasStarted = true;
    this.#scale();
    const alive = setInterval(() => undefined, longestMs); // signals keep no process alive, and workers may be none
    await this.#done.promise;
    clearInterval(alive);
    return this.#end();
  }

  #adopt(): void {
    const { adoptDir: directory, workerType } = this.config;
    if (typeof directory !== 'string' || (workerType !== 'process' && workerType !== 'spawn')) return;
    try {
      this.#adopted = new AdoptedWorkers(this.#parts, directory);
    } catch (cause) {
      const because = asPinkyError(cause).message;
      throw new PinkyError('bad_option', `bad adoptDir ${JSON.stringify(directory)}: ${because}`, { cause });
    }
  }

  /** The supervisor is gone. */
  parentLost(): void {
    if (this.#pool.isStopping) return;
    if (this.config['atParentLoss'] === 'stay') return this.#adopted && this.#abandon();
    this.options.logger.fatal({ event: 'server.orphaned', reason: 'the supervisor has ended' });
    this.#call('stop', () => this.#server.stop(true));
  }

  /** Nobody will restart this server, and the next supervisor brings its own server. The workers wait for that one. */
  #abandon(): void {
    this.options.logger.fatal({
      event: 'server.orphaned',
      reason: 'the supervisor has ended; the workers stay for the next server',
    });
    this.#parts.tree.release();
    this.#done.resolve();
  }

  async #end(): Promise<number> {
    this.#pool.release();
    this.#parts.tree.release();
    try {
      await this.#after();
    } catch (error) {
      this.options.logger.error({ event: 'server.afterRunFailed', error });
      this.#failure ??= 1;
    }
    process.off('exit', this.#atExit);
    this.#adopted?.stop();
    await this.#parts.sockets.close();
    await this.#dump.stop();
    const code = this.#failure ?? this.#pool.exitCode ?? 0;
    // For readers of the supervisor's log.
    if (code !== 0 && this.options.socketSource) this.options.logger.info({ event: 'server.exiting', code });
    return code;
  }

  async #after(): Promise<void> {
    if (this.#hasRunAfter) return;
    this.#hasRunAfter = true;
    await this.#server.afterRun?.();
  }

  /** An embedded worker that calls `process.exit` ends the server. The synchronous part of `afterRun` still runs. */
  readonly #atExit = (): void => void this.#after();

  #makeParts(): ServerParts {
    const { logger, socketSource, release } = this.options;
    const exits = new WorkerExits(logger);
    return {
      clock: systemClock,
      tree: new ProcessTree({
        clock: systemClock,
        onEvent: (event) => {
          this.#adopted?.follow(event);
          exits.follow(event);
        },
      }),
      exits,
      config: () => this.config,
      ladders: new WorkerLadders(),
      logger,
      sockets: new SocketManager(logger, socketSource),
      release,
    };
  }

  #context(): ServerContext {
    const { logger } = this.options;
    const parts = {
      logger,
      sockets: serverSockets(this.#parts.sockets),
      stop: (isGraceful: boolean): void => {
        this.#stopPool(isGraceful, () => logger.info({ event: 'server.stop', isGraceful }));
        if (!this.#hasStarted) this.#done.resolve();
      },
      restart: async (isGraceful: boolean): Promise<void> => {
        logger.info({ event: 'server.restart', isGraceful });
        const before = this.#pool.launches;
        await this.#reloadFor(isGraceful);
        this.#pool.restart(isGraceful, before);
        this.#isRestartedToNone = this.#hasStarted && this.#count() === 0;
        if (this.#isRestartedToNone) this.#pool.checkIdle();
      },
      reload: async () => {
        logger.info({ event: 'server.reload' });
        await this.#server.reloadConfig();
        this.#pool.reload();
      },
      reloadConfig: async () => {
        await reloadSource(this.options.source, logger);
        this.#scale();
      },
      dump: () => this.#dump.write(),
    };
    return withLiveConfig(parts, () => this.config);
  }

  /**
   * Spawned programs end while the line is written: the first one of a process takes a millisecond, as long as many
   * programs need to end. Their output comes by way of this thread, and so after it. Other workers write to the log
   * themselves, and their lines must follow this one.
   */
  #stopPool(isGraceful: boolean, tell: () => void): void {
    const isSpawned = this.config['workerType'] === 'spawn';
    if (!isSpawned) tell();
    this.#pool.stop(isGraceful);
    if (isSpawned) tell();
  }

  /** A restart that comes at once has no patience with workers that are too many, either. */
  async #reloadFor(isGraceful: boolean): Promise<void> {
    this.#isScaledGracefully = isGraceful;
    try {
      await this.#server.reloadConfig();
    } finally {
      this.#isScaledGracefully = true;
    }
  }

  #scale(): void {
    if (!this.#hasStarted || this.#pool.isStopping) return;
    this.#hasRunWorkers ||= this.#count() > 0;
    if (this.#count() > 0) this.#isRestartedToNone = false;
    this.#pool.scale(this.#count(), this.#isScaledGracefully);
  }

  /** The server's own thread has room for one worker. */
  #count(): number {
    return this.config['workerType'] === 'embedded' ? 1 : this.config['workers'];
  }

  #call(hook: string, call: () => void | Promise<void>): void {
    void callHook(this.options.logger, hook, call);
  }

  #unrecoverable(): void {
    if (this.config['stopImmediatelyAtUnrecoverableExit'] && !this.#pool.isStopping) {
      this.#call('stop', () => this.#server.stop(true));
    }
  }

  /** A defect of the program in the server's process. The server cannot go on as if nothing had happened. */
  #fail(error: unknown): void {
    reportServerFailure(this.options.logger, error);
    this.#failure = 1;
    this.#pool.stop(true);
  }

  /** Without workers the server ends, unless a reload has taken them away: the next reload can bring them back. */
  #idle(): void {
    const isReloadedToNone = this.#hasRunWorkers && this.#count() === 0 && !this.#isRestartedToNone;
    if (this.#pool.isStopping || !isReloadedToNone) this.#done.resolve();
  }
}
