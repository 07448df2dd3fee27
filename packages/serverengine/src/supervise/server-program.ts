import { asPinkyError } from '@pinky/protocol/base';
import { controlSignals, HeartbeatSender, holdSignals, type HeldSignals, type ProcessLogger } from '@pinky/supervisor';
import type { ConfigSource } from '../config/config-source.js';
import { toMs } from '../config/ladders.js';
import type { EffectiveConfig } from '../config/server-config.js';
import { enterService } from '../daemonize/enter-service.js';
import { takeEarlySignals } from '../process/early-signals.js';
import { LiveRelease } from '../process/live-release.js';
import { requirePath } from '../process/load-module.js';
import { makeLogger } from '../process/make-logger.js';
import { reportServerFailure } from '../process/report-failure.js';
import { ServerProcess } from '../server/server-process.js';
import type { ServerModule } from '../server/server.js';
import { SocketClient } from '../sockets/socket-client.js';
import type { WorkerGiven } from '../worker/worker.js';
import { isToServer, takeServerRole, type FromServer } from './role.js';
import { Supervisor } from './supervisor.js';

/** The program in one of its processes. Finds its role: launcher of a daemon, supervisor, or server. */
export class ServerProgram {
  readonly #signals: HeldSignals = holdSignals(controlSignals);
  /** Made first, because the links are those of this process's start. */
  readonly #release = new LiveRelease();

  constructor(
    private readonly server: ServerModule | null,
    private readonly worker: WorkerGiven,
    private readonly source: ConfigSource,
  ) {
    takeEarlySignals(); // ours are caught now
  }

  /** Resolves with the exit code. Signals stay caught until `release`, and have no meaning any more. */
  async run(): Promise<number> {
    const isServer = takeServerRole();
    try {
      const config = await this.#load();
      if (isServer) process.send?.({ type: 'server.listening' } satisfies FromServer);
      return isServer ? await this.#serverOfSupervisor(config) : await this.#top(config);
    } catch (failure) {
      const { code, message } = asPinkyError(failure);
      if (isServer && code === 'bad_option' && process.connected) await tellUnfit(message);
      else process.stderr.write(`${message}\n`);
      return 1;
    } finally {
      this.#signals.obey({});
    }
  }

  release(): void {
    this.#signals.release();
  }

  async #load(): Promise<EffectiveConfig> {
    const config = await this.source.load();
    const type = config['workerType'];
    if (type === 'thread' || type === 'process') requirePath(this.worker, type);
    return config;
  }

  async #top(config: EffectiveConfig): Promise<number> {
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
      const error = asPinkyError(failure);
      // Until now standard error went to the log, where somebody who starts it by hand does not look.
      if (error.code === 'bad_option') process.stderr.write(`${error.message}\n`);
      return config['daemonize'] ? code : 1;
    }
  }

  async #supervise(config: EffectiveConfig, onReady: () => void): Promise<number> {
    const logger = await openLog(config);
    const { server, source } = this;
    const [signals, release] = [this.#signals, this.#release];
    try {
      return await new Supervisor({
        server,
        source,
        logger,
        signals,
        release,
        onReady,
      }).run();
    } finally {
      await logger.close();
    }
  }

  /** Below a supervisor: sends heartbeats, takes commands over the channel too, and notices the supervisor's death. */
  async #serverOfSupervisor(config: EffectiveConfig): Promise<number> {
    if (config['serverProcessName']) process.title = config['serverProcessName'];
    const client = new SocketClient();
    const onReady = (): void => void process.send?.({ type: 'server.ready' } satisfies FromServer);
    const code = await this.#serveWorkers(config, onReady, client, (server) => {
      const heartbeat = HeartbeatSender.start({
        intervalMs: toMs(config['serverHeartbeatInterval']),
        onParentLost: () => server.parentLost(),
      });
      process.on('disconnect', () => server.parentLost());
      process.on('message', (message) => {
        if (isToServer(message)) process.emit(message.signal, message.signal);
      });
      return () => heartbeat?.stop();
    });
    if (process.connected) process.disconnect();
    return code;
  }

  async #serveWorkers(
    config: EffectiveConfig,
    onReady: () => void,
    above?: SocketClient,
    attach?: (server: ServerProcess) => () => void,
  ): Promise<number> {
    const logger = await openLog(config);
    const { server, worker, source } = this;
    try {
      const process = new ServerProcess({
        server,
        worker,
        source,
        logger,
        signals: this.#signals,
        release: this.#release,
        onReady,
        ...(above && { socketSource: above.source }),
      });
      const detach = attach?.(process);
      const code = await process.run();
      detach?.();
      return code;
    } catch (error) {
      reportServerFailure(logger, error);
      throw error;
    } finally {
      await logger.close();
    }
  }
}

/** The supervisor must have it before it sees this process end. */
const tellUnfit = (because: string): Promise<void> =>
  new Promise((resolve) => {
    process.send?.({ type: 'server.unfit', because } satisfies FromServer, undefined, {}, () => resolve());
  });

/** Without a log the reason can only be on standard error. */
async function openLog(config: EffectiveConfig): Promise<ProcessLogger> {
  try {
    return await makeLogger(config);
  } catch (failure) {
    process.stderr.write(`the log cannot be opened: ${asPinkyError(failure).message}\n`);
    throw failure;
  }
}
