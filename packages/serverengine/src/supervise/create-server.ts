import { asPinkyError } from '@pinky/protocol/base';
import { ConfigSource, type ConfigGiven } from '../config/config-source.js';
import { toMs } from '../config/ladders.js';
import type { Effective } from '../config/server-config.js';
import { enterService } from '../daemonize/enter-service.js';
import { controlSignals, HeartbeatWriter, type HeldSignals, holdSignals } from '@pinky/supervisor';
import { SocketClient } from '../sockets/socket-client.js';
import { makeLogger } from '../process/make-logger.js';
import { ServerProcess } from '../server/server-process.js';
import type { ServerModule } from '../server/server.js';
import { requirePath, type WorkerGiven } from '../process/load-module.js';
import { isToServer, takeServerRole, type FromServer } from './role.js';
import { Supervisor } from './supervisor.js';

/** A server that was made and not yet run. */
export interface CreatedServer {
  /**
   * Runs it, and ends the process with its exit code. With `daemonize` the process that called ends when the daemon is
   * ready.
   */
  run(): Promise<never>;
  /** As `run`, but resolves with the exit code and leaves the process to its caller. */
  serve(): Promise<number>;
}

/**
 * A server with its workers, as ServerEngine's `create`: the server's module or null, the worker's, and the
 * configuration or a function that reads it. With `daemonize` and `supervisor` the program is started again in the
 * other roles, so it has to come to this same `run` whenever it is started with these arguments.
 */
export function createServer(server: ServerModule | null, worker: WorkerGiven, config: ConfigGiven): CreatedServer {
  const serve = async (): Promise<number> => new Program(server, worker, new ConfigSource(config)).serve();
  return { serve, run: async () => process.exit(await serve()) };
}

/** `ServerEngine.create(…)`, for those who know it by that name. */
export const ServerEngine = { create: createServer } as const;

/** One process of a server, in its role. */
class Program {
  readonly #signals: HeldSignals = holdSignals(controlSignals);

  constructor(
    private readonly server: ServerModule | null,
    private readonly worker: WorkerGiven,
    private readonly source: ConfigSource,
  ) {}

  async serve(): Promise<number> {
    const isServer = takeServerRole();
    try {
      const config = await this.#load();
      if (isServer) process.send?.({ type: 'server.listening' } satisfies FromServer);
      return isServer ? await this.#serverOfSupervisor(config) : await this.#top(config);
    } catch (failure) {
      process.stderr.write(`${asPinkyError(failure).message}\n`);
      return 1;
    } finally {
      this.#signals.release();
    }
  }

  async #load(): Promise<Effective> {
    const config = await this.source.load();
    const type = config['workerType'];
    if (type === 'thread' || type === 'process') requirePath(this.worker, type);
    return config;
  }

  async #top(config: Effective): Promise<number> {
    const entered = await enterService({
      daemonize: config['daemonize'],
      pidPath: config['pidPath'],
      processName: config['daemonProcessName'],
      runAs: { user: config['chuser'], group: config['chgroup'], umask: config['chumask'] },
      errorExitCode: config['daemonizeErrorExitCode'],
    });
    if (!entered.isService) {
      if (entered.reason !== undefined) process.stderr.write(`${entered.reason}\n`);
      return entered.exitCode;
    }
    try {
      return config['supervisor']
        ? await this.#supervise(config, entered.ready)
        : await this.#serveWorkers(config, entered.ready);
    } catch (failure) {
      const code = entered.failed(failure);
      return config['daemonize'] ? code : 1;
    }
  }

  async #supervise(config: Effective, onReady: () => void): Promise<number> {
    const logger = await makeLogger(config);
    const { server, source } = this;
    try {
      return await new Supervisor({ server, source, logger, signals: this.#signals, onReady }).run();
    } finally {
      await logger.close();
    }
  }

  /** Below a supervisor: beats, takes commands over the channel too, and notices the supervisor's death. */
  async #serverOfSupervisor(config: Effective): Promise<number> {
    if (config['serverProcessName']) process.title = config['serverProcessName'];
    const client = new SocketClient();
    const onReady = (): void => void process.send?.({ type: 'server.ready' } satisfies FromServer);
    const code = await this.#serveWorkers(config, onReady, client, (server) => {
      const beating = HeartbeatWriter.start({
        intervalMs: toMs(config['serverHeartbeatInterval']),
        onParentLost: () => server.parentLost(),
      });
      process.on('disconnect', () => server.parentLost());
      process.on('message', (message) => {
        if (isToServer(message)) process.emit(message.signal, message.signal);
      });
      return () => beating?.stop();
    });
    if (process.connected) process.disconnect();
    return code;
  }

  async #serveWorkers(
    config: Effective,
    onReady: () => void,
    above?: SocketClient,
    attach?: (server: ServerProcess) => () => void,
  ): Promise<number> {
    const logger = await makeLogger(config);
    const { server, worker, source } = this;
    try {
      const process = new ServerProcess({
        server,
        worker,
        source,
        logger,
        signals: this.#signals,
        onReady,
        ...(above && { socketSource: above.source }),
      });
      const detach = attach?.(process);
      const code = await process.run();
      detach?.();
      return code;
    } catch (error) {
      logger.error({ event: 'server.failed', error });
      process.stderr.write(
        `server failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      throw error;
    } finally {
      await logger.close();
    }
  }
}
