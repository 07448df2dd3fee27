import {
  boxPaths,
  isSameFolder,
  processExits,
  systemClock,
  toErrorAnswer,
  toWholeSecond,
  type BoxConfig,
  type Clock,
} from '@pinky/protocol';
import { isAlive, trySignal, type HeldSignals, type JournaledChild, type ProcessLogger } from '@pinky/supervisor';
import { BoxChildren } from '../children/box-children.js';
import { isBeside, logSharersOf, queueName, redisName, workerName } from '../children/child-names.js';
import type { BoxPrograms } from '../children/child-specs.js';
import { RedisChild } from '../children/redis-child.js';
import { homeOfProcess } from '../home/home-of-process.js';
import { AnswerKeeper } from '../keep/answer-keeper.js';
import { BackupKeeper } from '../keep/backup-keeper.js';
import { CacheKeeper } from '../keep/cache-keeper.js';
import { hasLivingGame } from '../keep/living-games.js';
import { LogKeeper } from '../keep/log-keeper.js';
import { removeDrafts } from '../keep/drafts.js';
import { existingServers, removeStalePorts } from '../keep/stale-ports.js';
import { ServiceReport } from '../systemd/service-report.js';
import { boxReport } from './box-report.js';
import { BoxRequests } from './box-requests.js';
import { nextPhase, type Phase, type ShutdownMode } from './phases.js';
import { Replacement } from './replacement.js';
import { Shutdown } from './shutdown.js';

export interface BoxSupervisorOptions {
  readonly programs: BoxPrograms;
  /** Reads the configuration again. If it throws, the old one stays in force. */
  readonly reloadConfig: () => Promise<BoxConfig>;
  /** Writes the dump that CONT asks for. */
  readonly dump: () => void;
  /** Signals that were caught before this. Default: they are caught from now on. */
  readonly signals?: HeldSignals;
  readonly clock?: Clock;
  readonly queueDrainMs?: number;
  /** The environment with the variables of systemd. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/** How long to wait for running children at the start, in milliseconds. They reconnect within half a second. */
const helloWaitMs = 2_000;
/** Between two looks whether a process that was killed is gone, in milliseconds. */
const endedLookMs = 10;
/** How long the queue may take to say hello before systemd is told that the box is ready anyway, in milliseconds. */
const readyTimeoutMs = 10_000;

/** Between two looks whether the box has a webhook, in milliseconds. */
const webhooksLookMs = 1_000;

/** Keeps one thing in order until the supervisor leaves. */
interface Keeper {
  keep(signal: AbortSignal): Promise<void>;
}

/** The supervisor of one box: its children, its phase, its signals and requests. */
export class BoxSupervisor {
  readonly #children: BoxChildren;
  readonly #redis: RedisChild;
  readonly #shutdowns: Shutdown;
  readonly #replacement: Replacement;
  readonly #report: ServiceReport;
  readonly #keepers: readonly Keeper[];
  readonly #backupKeeper: BackupKeeper;
  readonly #runningOn = new AbortController();
  readonly #since: number;
  #phase: Phase = 'running';
  #turn = new AbortController();
  #reloads: Promise<void> = Promise.resolve();
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
    const requests = this.#makeRequests(config.version);
    this.#children = new BoxChildren({
      config,
      programs,
      clock,
      logger,
      onRequest: (method, params, context) => requests.answer(this.#children, method, params, context),
    });
    this.#redis = new RedisChild({ tree: this.#children.tree, programs, logger, clock });
    this.#shutdowns = new Shutdown({
      children: this.#children,
      config: current,
      logger,
      ...(options.queueDrainMs !== undefined && { queueDrainMs: options.queueDrainMs }),
    });
    this.#replacement = new Replacement({ children: this.#children, config: current, clock, logger });
    this.#keepers = this.#makeKeepers(clock);
    this.#backupKeeper = new BackupKeeper({ config: current, clock, logger });
    this.#report = new ServiceReport({
      env: options.env ?? process.env,
      clock,
      logger,
      ...boxReport(this.#children, current, () => this.#phase),
    });
  }

  #makeRequests(version: string): BoxRequests {
    return new BoxRequests({
      config: () => this.config,
      version,
      since: this.#since,
      programs: this.options.programs,
      phase: () => this.#phase,
      canStartWorkers: () => this.#phase === 'running' || this.#phase === 'detaching',
      reload: () => this.#reload(),
      shutdown: (mode) => this.#shutdown(mode),
    });
  }

  #makeKeepers(clock: Clock): readonly Keeper[] {
    const { logger } = this;
    const config = (): BoxConfig => this.config;
    const hasWorker = (serverId: string): boolean => this.#children.hasAny(logSharersOf(workerName(serverId)));
    return [
      new LogKeeper({ config, clock, logger, hasWorker }),
      new CacheKeeper({ config, clock, logger }),
      new AnswerKeeper({ config, clock, logger, hasWorker }),
    ];
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
      void this.#backupKeeper.keep(AbortSignal.any([over.signal, this.#runningOn.signal]));
      const code = await this.#left;
      logger.info({ event: 'supervisor.left', phase: this.#phase, code });
      return code;
    } finally {
      over.abort();
      await this.#report.stop();
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
      SIGUSR2: () => void this.#reload().catch(() => undefined), // the log has the reason
      SIGCONT: () => this.#dump(),
    };
  }

  /** Waits for running children to connect, then starts those that are missing. */
  async #startChildren(): Promise<void> {
    const { config } = this;
    if (config.redis === undefined) await this.#redis.start(config);
    const survivors = await this.#endLeftBehind(this.#children.survivors().filter(({ name }) => name !== redisName));
    await this.#children.until(
      () => survivors.every(({ name }) => isBeside(name) || this.#children.connectionOf(name)),
      helloWaitMs,
      this.#turn.signal,
    );
    if (this.#phase !== 'running') return;
    for (const survivor of survivors) this.#children.adoptSilent(survivor);
    removeStalePorts(boxPaths(config.home).ports, config.servers, this.logger);
    removeDrafts(config, (this.options.clock ?? systemClock).wallNow(), this.logger);
    if (this.#children.tree.view(queueName)?.pid === undefined) this.#children.startQueue();
    for (const serverId of existingServers(config.servers)) {
      if (config.areStartsHeld && !hasLivingGame(config.servers, serverId)) continue;
      this.#children.startWorker(serverId);
    }
    this.#children.settleBeside();
    void this.#keepWebhooks(this.#turn.signal);
  }

  /**
   * Ends the children that began when the home was at another path, which they still use: nobody reaches them there.
   * Games run on. Answers the others.
   */
  async #endLeftBehind(survivors: readonly JournaledChild[]): Promise<readonly JournaledChild[]> {
    const { config: { home }, options: { clock = systemClock } } = this;
    const isLeftBehind = ({ identity: { pid } }: JournaledChild): boolean =>
      !isSameFolder(homeOfProcess(pid) ?? home, home);
    const leftBehind = survivors.filter(isLeftBehind);
    for (const { name, identity: { pid } } of leftBehind) {
      this.logger.warn({ event: 'child.left_behind', name, childPid: pid, because: 'the home was moved' });
      trySignal(pid, 'SIGKILL');
    }
    const until = clock.now() + helloWaitMs;
    while (leftBehind.some(({ identity }) => isAlive(identity)) && clock.now() < until) await clock.rest(endedLookMs);
    return survivors.filter((one) => !leftBehind.includes(one));
  }

  /** Anybody may add the first webhook or remove the last one, with a command or by hand. */
  async #keepWebhooks(signal: AbortSignal): Promise<void> {
    const { clock = systemClock } = this.options;
    const untilLook = (): number => toWholeSecond(webhooksLookMs, clock.now());
    while (await clock.rest(untilLook(), signal)) this.#children.settleWebhooks();
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
    const told = this.#report.stopping();
    this.#redis.stopMending();
    this.#runningOn.abort(); // final backups are waited for, verifying and sending them is not
    this.#turn.abort();
    const turn = new AbortController();
    this.#turn = turn;
    const sequence = this.#sequence(phase, turn.signal).catch((error: unknown) => {
      this.logger.fatal({ event: 'supervisor.departure_failed', error: toErrorAnswer(error).message });
    });
    void Promise.all([sequence, told]).then(() => { if (!turn.signal.aborted) this.#leave(processExits.done); });
  }

  async #sequence(phase: Phase, signal: AbortSignal): Promise<void> {
    switch (phase) {
      case 'draining': return this.#shutdowns.drain(signal);
      case 'detaching': return this.#shutdowns.detach(signal);
      case 'quitting': return this.#shutdowns.quit(signal);
      case 'running': return;
    }
  }

  /** One after the other, so that the last one to read the configuration is the last one to apply it. */
  #reload(): Promise<void> {
    const reload = this.#reloads.then(() => this.#reloadNow());
    this.#reloads = reload.catch(() => undefined); // the caller has the error
    return reload;
  }

  async #reloadNow(): Promise<void> {
    const { logger } = this;
    logger.reopen();
    void this.#report.reloading();
    try {
      this.config = await this.options.reloadConfig();
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
