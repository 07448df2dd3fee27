import { deferred, systemClock } from '@pinky/protocol/base';
import type { ConfigSource } from '../config/config-source.js';
import { WorkerLadders } from '../config/ladders.js';
import type { Effective } from '../config/server-config.js';
import {
  type HeldSignals,
  type ProcessExit,
  type ProcessLogger,
  ProcessTree,
  type SignalTable,
  type TreeEvent,
} from '@pinky/supervisor';
import { SocketManager, type SocketSource } from '../sockets/socket-manager.js';
import { guarded } from '../process/call-hook.js';
import { AdoptedWorkers } from '../adopt/adopted-workers.js';
import type { BodyContext } from '../launch/process-worker.js';
import { DumpOnCont } from '../process/dump-on-cont.js';
import { workerLauncher } from '../launch/launch-worker.js';
import { withLiveConfig } from '../process/live-config.js';
import { followConfig } from '../process/make-logger.js';
import { makeServer, type WorkerGiven } from '../process/load-module.js';
import { serverSockets } from '../sockets/server-sockets.js';
import type { Server, ServerContext, ServerHooks, ServerModule } from './server.js';
import { WorkerPool } from '../pool/worker-pool.js';

export interface ServerProcessOptions {
  readonly server: ServerModule | null;
  readonly worker: WorkerGiven;
  readonly source: ConfigSource;
  readonly logger: ProcessLogger;
  readonly signals: HeldSignals;
  /** Where shared sockets come from: the system, or the supervisor above. */
  readonly socketSource?: SocketSource;
  /** `beforeRun` went well: workers are about to start. */
  readonly onReady: () => void;
}

/** One server: its module, its workers, and what signals ask of them. */
export class ServerProcess {
  readonly #done = deferred<void>();
  readonly #exits = new Map<string, (exit: ProcessExit) => void>();
  readonly #tree = new ProcessTree({ clock: systemClock, onEvent: (event) => this.#onTree(event) });
  readonly #sockets: SocketManager;
  readonly #dump: DumpOnCont;
  readonly #server: Server & ServerHooks;
  readonly #bodies: BodyContext;
  readonly #pool: WorkerPool;
  #adopted: AdoptedWorkers | undefined;
  #hasStarted = false;
  #failure: number | undefined;
  #hasRunAfter = false;
  #hasRunWorkers = false;

  constructor(private readonly options: ServerProcessOptions) {
    const { logger } = options;
    this.#dump = new DumpOnCont(() => this.config, logger);
    this.#sockets = new SocketManager(logger, options.socketSource);
    this.#server = makeServer(options.server, this.#context());
    this.#bodies = {
      clock: systemClock,
      tree: this.#tree,
      exits: this.#exits,
      config: () => this.config,
      ladders: new WorkerLadders(),
      logger,
      sockets: this.#sockets,
    };
    const launch = workerLauncher({
      ...this.#bodies,
      given: options.worker,
      server: () => this.#server,
      adopted: () => this.#adopted,
      onThrown: (error) => this.#fail(error),
    });
    this.#pool = new WorkerPool({
      clock: systemClock,
      log: logger,
      random: Math.random,
      config: () => this.config,
      launch,
      onUnrecoverable: () => this.#unrecoverable(),
      onIdle: () => this.#idle(),
      onFailure: (error) => this.#fail(error),
    });
  }

  get config(): Effective {
    return this.options.source.current;
  }

  /** Resolves with the exit code when all workers are gone and `afterRun` is done. A `beforeRun` that fails rejects. */
  async run(): Promise<number> {
    this.options.signals.obey(this.#table());
    const { adoptDir: directory, workerType } = this.config;
    if (typeof directory === 'string' && (workerType === 'process' || workerType === 'spawn')) {
      this.#adopted = new AdoptedWorkers(this.#bodies, directory);
    }
    await this.#server.beforeRun?.();
    await this.#adopted?.start(this.#pool.isStopping ? 0 : this.#count());
    process.once('exit', this.#atExit);
    this.options.onReady();
    this.#hasStarted = true;
    this.#scale();
    await this.#done.promise;
    return this.#end();
  }

  /** The supervisor is gone. */
  parentLost(): void {
    if (this.#pool.isStopping) return;
    if (this.config['atParentLoss'] === 'stay') return this.#adopted && this.#abandon();
    this.options.logger.fatal({ event: 'server.orphaned', reason: 'the supervisor has ended' });
    this.#call('stop', () => this.#server.stop(true));
  }

  /**
   * Nobody will restart this server any more, and the next supervisor brings a server of its own: the workers wait for
   * that.
   */
  #abandon(): void {
    this.options.logger.fatal({
      event: 'server.orphaned',
      reason: 'the supervisor has ended; the workers stay for the next server',
    });
    this.#tree.release();
    this.#done.resolve();
  }

  async #end(): Promise<number> {
    this.#pool.release();
    this.#tree.release();
    try {
      await this.#after();
    } catch (error) {
      this.options.logger.error({ event: 'server.afterRunFailed', error });
      this.#failure ??= 1;
    }
    process.off('exit', this.#atExit);
    this.#adopted?.stop();
    await this.#sockets.close();
    await this.#dump.stop();
    const code = this.#failure ?? this.#pool.exitCode ?? 0;
    // for whoever reads the supervisor's log
    if (code !== 0 && this.options.socketSource) this.options.logger.info({ event: 'server.exiting', code });
    return code;
  }

  async #after(): Promise<void> {
    if (this.#hasRunAfter) return;
    this.#hasRunAfter = true;
    await this.#server.afterRun?.();
  }

  /** An embedded worker that calls `process.exit` ends the server; what `afterRun` does at once is done still. */
  readonly #atExit = (): void => void this.#after();

  #table(): SignalTable {
    const server = this.#server;
    const stop = (isGraceful: boolean) => () => this.#call('stop', () => server.stop(isGraceful));
    const restart = (isGraceful: boolean) => () => this.#call('restart', () => server.restart(isGraceful));
    return {
      SIGTERM: stop(true),
      SIGINT: stop(true),
      SIGQUIT: stop(false),
      SIGUSR1: restart(true),
      SIGHUP: restart(false),
      SIGUSR2: () => this.#call('reload', () => server.reload()),
      SIGCONT: () => this.#dump.signalled(() => server.dump()),
    };
  }

  #context(): ServerContext {
    const { logger } = this.options;
    return withLiveConfig(
      {
        logger,
        sockets: serverSockets(this.#sockets),
        stop: (isGraceful: boolean): void => {
          logger.info({ event: 'server.stop', isGraceful });
          this.#pool.stop(isGraceful);
          if (!this.#hasStarted) this.#done.resolve();
        },
        restart: async (isGraceful: boolean): Promise<void> => {
          logger.info({ event: 'server.restart', isGraceful });
          const before = this.#pool.launches;
          await this.#server.reloadConfig();
          this.#pool.restart(isGraceful, before);
        },
        reload: async () => {
          logger.info({ event: 'server.reload' });
          await this.#server.reloadConfig();
          this.#pool.reload();
        },
        reloadConfig: () => this.#reloadConfig(),
        dump: () => this.#dump.write(),
      },
      () => this.config,
    );
  }

  async #reloadConfig(): Promise<void> {
    const { source, logger } = this.options;
    try {
      await source.load();
    } catch (error) {
      logger.error({ event: 'config.unchanged', error });
    }
    followConfig(logger, this.config);
    this.#scale();
  }

  #scale(): void {
    if (!this.#hasStarted || this.#pool.isStopping) return;
    this.#hasRunWorkers ||= this.#count() > 0;
    this.#pool.scale(this.#count());
  }

  /** There is room for one worker in the server's own thread. */
  #count(): number {
    return this.config['workerType'] === 'embedded' ? 1 : this.config['workers'];
  }

  #call(hook: string, call: () => void | Promise<void>): void {
    void guarded(this.options.logger, hook, call);
  }

  #unrecoverable(): void {
    if (this.config['stopImmediatelyAtUnrecoverableExit'] && !this.#pool.isStopping) {
      this.#call('stop', () => this.#server.stop(true));
    }
  }

  /** A defect of the program in the server's process: nothing can go on as if it were not there. */
  #fail(error: unknown): void {
    process.stderr.write(`server failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    this.options.logger.error({ event: 'server.failed', error });
    this.#failure = 1;
    this.#pool.stop(true);
  }

  /**
   * Without workers there is nothing to do, unless a reload has taken them away and another one can bring them back.
   */
  #idle(): void {
    const isScaledToNone = this.#hasRunWorkers && this.#count() === 0;
    if (this.#pool.isStopping || !isScaledToNone) this.#done.resolve();
  }

  #onTree(event: TreeEvent): void {
    this.#adopted?.follow(event);
    if (event.type === 'stalled') {
      this.options.logger.error({
        event: 'worker.stalled',
        worker: event.name,
        pid: event.pid,
        silentMs: Math.round(event.silentMs),
      });
    }
    if (event.type !== 'exited') return;
    const { name, exit } = event;
    if (exit.kind === 'notStarted') {
      this.options.logger.error({ event: 'worker.notStarted', worker: name, reason: exit.reason });
    }
    // Later: the tree has first to note for itself that the process is gone, and the loop to close its handles.
    setImmediate(() => {
      const tell = this.#exits.get(name);
      this.#exits.delete(name);
      tell?.(exit);
    });
  }
}
