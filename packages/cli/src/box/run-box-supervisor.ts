import { boxPaths, PinkyError, systemClock, toErrorAnswer, type BoxConfig, type Clock } from '@pinky/protocol';
import { holdSignals, type HeldSignals, type ProcessLogger } from '@pinky/supervisor';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceReport } from '../systemd/service-report.js';
import { BoxChildren } from './box-children.js';
import { openBoxLog } from './box-logger.js';
import { boxReport } from './box-report.js';
import { BoxRequests } from './box-requests.js';
import { CacheKeeper } from './cache-keeper.js';
import { queueName, successorName, workerName, type BoxPrograms } from './child-specs.js';
import { Departure } from './departure.js';
import { claimHome } from './home-claim.js';
import { Leftovers } from './leftovers.js';
import { LogKeeper } from './log-keeper.js';
import { maxSocketPath } from './redis-conf.js';
import { nextPhase, type Phase, type ShutdownMode } from './phases.js';
import { RedisChild } from './redis-child.js';
import { Replacement } from './replacement.js';
import { existingServers, removeStalePorts } from './stale-ports.js';

export interface BoxSupervisorOptions {
  readonly programs: BoxPrograms;
  /**
   * Reads the configuration anew. On USR2 nobody has checked it yet; who sends a `reload` request has written it
   * already. What it throws leaves the old one in force.
   */
  readonly reloadConfig: (cause: ReloadCause) => Promise<BoxConfig>;
  /** Writes what CONT asks for. */
  readonly dump: () => void;
  /** Signals caught so far. Default: caught from now on. */
  readonly signals?: HeldSignals;
  readonly clock?: Clock;
  readonly queueDrainMs?: number;
  /** Where a service manager's variables stand. Default: the process's own environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export type ReloadCause = 'signal' | 'request';

/** How long running children are waited for at start, milliseconds: they reconnect within half a second. */
const helloWaitMs = 2_000;
/** How long the queue may take to say hello before systemd is told all the same that the box is ready, milliseconds. */
const readyTimeoutMs = 10_000;

/**
 * Supervises a box until it is told to leave; resolves with the exit code. Throws `already_running` where another
 * supervisor owns the home, and `bad_option`.
 */
export async function runBoxSupervisor(config: BoxConfig, options: BoxSupervisorOptions): Promise<number> {
  const signals = options.signals ?? holdSignals();
  const paths = boxPaths(config.home);
  if (Buffer.byteLength(paths.supervisorSocket) > maxSocketPath) {
    throw new PinkyError(
      'bad_option',
      `home: ${paths.supervisorSocket} is too long for a socket (${maxSocketPath} bytes)`,
    );
  }
  for (const dir of [config.home, paths.logDir]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const claim = claimHome(paths.supervisorPid);
  const log = openBoxLog(join(paths.logDir, 'supervisor.log'), config.logLevel);
  try {
    return await new BoxSupervisor(config, options, log, signals).run();
  } finally {
    signals.release();
    claim.release();
  }
}

class BoxSupervisor {
  readonly #children: BoxChildren;
  readonly #redis: RedisChild;
  readonly #departure: Departure;
  readonly #replacement: Replacement;
  readonly #report: ServiceReport;
  readonly #keepers: readonly { keep(signal: AbortSignal): Promise<void> }[];
  readonly #since: number;
  #phase: Phase = 'running';
  #turn = new AbortController();
  #leave!: (code: number) => void;
  readonly #left = new Promise<number>((resolve) => { this.#leave = resolve; });

  constructor(
    private config: BoxConfig,
    private readonly options: BoxSupervisorOptions,
    private readonly logger: ProcessLogger,
    private readonly signals: HeldSignals,
  ) {
    const { programs } = options;
    const clock = options.clock ?? systemClock;
    const current = (): BoxConfig => this.config;
    this.#since = clock.wallNow();
    const requests = new BoxRequests({
      config: current,
      since: this.#since,
      phase: () => this.#phase,
      canStartWorkers: () => this.#phase === 'running' || this.#phase === 'detaching',
      reload: () => this.#reload('request'),
      shutdown: (mode) => this.#shutdown(mode),
    });
    this.#children = new BoxChildren({
      config,
      programs,
      clock,
      logger,
      onRequest: (method, params) => requests.obey(this.#children, method, params),
    });
    this.#redis = new RedisChild({ tree: this.#children.tree, programs, logger });
    this.#departure = new Departure({
      children: this.#children,
      config: current,
      logger,
      ...(options.queueDrainMs !== undefined && { queueDrainMs: options.queueDrainMs }),
    });
    this.#replacement = new Replacement({ children: this.#children, config: current, clock, logger });
    const { tree } = this.#children;
    this.#keepers = [
      new LogKeeper({ config: current, clock, logger }),
      new CacheKeeper({ config: current, clock, logger }),
      new Leftovers({
        config: current,
        clock,
        logger,
        hasWorker: (serverId) => [workerName(serverId), successorName(serverId)].some((name) => tree.view(name)),
      }),
    ];
    this.#report = new ServiceReport({
      env: options.env ?? process.env,
      clock,
      logger,
      ...boxReport(this.#children, current, () => this.#phase),
    });
  }

  async run(): Promise<number> {
    const { logger } = this;
    const unexpected = (error: unknown): void =>
      logger.fatal({ event: 'supervisor.unexpected', error: error instanceof Error ? error.stack : String(error) });
    process.on('uncaughtException', unexpected);
    process.on('unhandledRejection', unexpected);
    const over = new AbortController();
    try {
      logger.info({
        event: 'supervisor.started',
        pid: process.pid,
        box: this.config.box,
        version: this.config.version,
      });
      await this.#children.listen();
      this.signals.obey(this.#signalTable());
      this.#report.start();
      await this.#startChildren();
      void this.#reportReady();
      for (const keeper of this.#keepers) void keeper.keep(over.signal);
      const code = await this.#left;
      logger.info({ event: 'supervisor.left', phase: this.#phase, code });
      return code;
    } finally {
      over.abort();
      this.#report.end();
      this.#redis.release();
      await this.#children.release();
      process.off('uncaughtException', unexpected);
      process.off('unhandledRejection', unexpected);
    }
  }

  #signalTable() {
    return {
      SIGTERM: () => this.#shutdown('drain'),
      SIGINT: () => this.#shutdown('detach'),
      SIGQUIT: () => this.#shutdown('immediate'),
      SIGUSR1: () => { if (this.#phase === 'running') void this.#replacement.graceful(this.#turn.signal); },
      SIGHUP: () => { if (this.#phase === 'running') this.#replacement.immediate(); },
      SIGUSR2: () => void this.#reload('signal').catch(() => undefined), // the reason is in the log
      SIGCONT: () => this.#dump(),
    };
  }

  /** Running children come to us; those that are missing are started. */
  async #startChildren(): Promise<void> {
    const { config } = this;
    if (config.redis === undefined) await this.#redis.start(config);
    const survivors = this.#children.survivors().filter(({ name }) => name !== 'redis');
    await this.#children.until(
      () => survivors.every(({ name }) => this.#children.connectionOf(name)),
      helloWaitMs,
      this.#turn.signal,
    );
    if (this.#phase !== 'running') return;
    for (const survivor of survivors) this.#children.adoptSilent(survivor);
    removeStalePorts(boxPaths(config.home).ports, config.servers, this.logger);
    if (this.#children.tree.view(queueName)?.pid === undefined) this.#children.startQueue();
    for (const serverId of existingServers(config.servers)) this.#children.startWorker(serverId);
  }

  async #reportReady(): Promise<void> {
    await this.#children.whenGreeted(queueName, readyTimeoutMs, this.#turn.signal);
    if (this.#phase === 'running') await this.#report.ready();
  }

  #shutdown(mode: ShutdownMode): void {
    const phase = nextPhase(this.#phase, mode);
    if (!phase) return;
    this.logger.info({ event: 'supervisor.phase', from: this.#phase, to: phase });
    this.#phase = phase;
    void this.#report.stopping();
    this.#turn.abort();
    const turn = new AbortController();
    this.#turn = turn;
    const sequence = this.#sequence(phase, turn.signal).catch((error: unknown) => {
      this.logger.fatal({ event: 'supervisor.departure_failed', error: toErrorAnswer(error).message });
    });
    void sequence.then(() => { if (!turn.signal.aborted) this.#leave(0); });
  }

  async #sequence(phase: Phase, signal: AbortSignal): Promise<void> {
    switch (phase) {
      case 'draining': return this.#departure.drain(signal);
      case 'detaching': return this.#departure.detach(signal);
      case 'quitting': return this.#departure.quit(signal);
      case 'running': return;
    }
  }

  async #reload(cause: ReloadCause): Promise<void> {
    const { logger } = this;
    logger.reopen();
    void this.#report.reloading();
    try {
      this.config = await this.options.reloadConfig(cause);
    } catch (error) {
      logger.error({ event: 'config.not_reloaded', error: toErrorAnswer(error).message });
      throw error;
    } finally {
      void this.#report.ready();
    }
    logger.configure({ level: this.config.logLevel });
    this.#children.reconfigure(this.config);
    logger.info({ event: 'config.reloaded' });
  }

  #dump(): void {
    this.#children.signalAll('SIGCONT');
    try {
      this.options.dump();
    } catch (error) {
      this.logger.error({ event: 'dump.failed', error: String(error) });
    }
  }
}
