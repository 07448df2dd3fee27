import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FileLock, HeartbeatSender, type SignalTable } from '@pinky/supervisor/child';
import { identify } from '@pinky/supervisor/identity';
import {
  boxPaths, HandoffSlave, Link, logLevels, PinkyError, processExits, readEffectiveConfig, systemClock,
  type BoxConfig, type BoxPaths, type HandoffDuties, type LogLevel, type Message,
} from '@pinky/protocol';
import { AfterWork } from './admission/after-work.js';
import { collectGarbage } from './collect-garbage.js';
import { fileLogger } from './logger.js';
import { ServerWorker } from './worker.js';

/**
 * How long a worker waits for the lock of the worker before, and the pause between two attempts, milliseconds. The lock
 * was closed a moment before the worker said that it had let go.
 */
const lockPatienceMs = 2_000;
const lockLookMs = 2;
/** Linux's usual umask, for a box whose configuration an older version wrote. */
const usualMask = '022';
/**
 * When the garbage of a start is collected, milliseconds after `started`. V8 forgets the bytecode of a function that
 * two collections found unused: 10.5 MB are private after one, 8.3 after three. Some ten seconds after a start, V8
 * collects by itself and leaves pages behind; one more collection gives them back (9.7 MB become 9.0).
 */
const tidyAfterMs = [2_000, 3_000, 4_000, 13_000] as const;

/** The worker as a process: its configuration, its lock, its signals, and its part in a handoff. */
export class ServerWorkerProcess {
  readonly #paths: BoxPaths;
  readonly #log: ReturnType<typeof fileLogger>;
  readonly #afterWork = new AfterWork(systemClock);
  readonly #heartbeat: HeartbeatSender | undefined;
  #config: BoxConfig;
  #lock: FileLock | undefined;
  #worker: ServerWorker | undefined;

  constructor(private readonly serverId: string, home: string) {
    this.#paths = boxPaths(home);
    this.#config = readEffectiveConfig(home);
    this.#mask();
    mkdirSync(dirname(this.#paths.workerLock(serverId)), { recursive: true, mode: 0o700 });
    this.#log = fileLogger({
      path: join(this.#paths.logDir, 'workers.log'),
      level: () => levelOf(this.#config),
      name: `worker ${serverId}`,
      wallNow: () => systemClock.wallNow(),
      later: this.#afterWork,
    });
    this.#heartbeat = HeartbeatSender.start({ intervalMs: this.#config.worker.heartbeatIntervalMs });
    process.on('exit', () => this.#log.flush());
    process.on('uncaughtException', (error) => {
      this.#log.fatal({ event: 'worker.uncaught', error: String(error.stack ?? error) });
      process.exit(processExits.uncaught); // the next worker takes the game over
    });
  }

  /** Owns the server from the start. Exits with 4 if another worker owns it. */
  async own(): Promise<void> {
    this.#lock = this.#takeLock();
    if (!this.#lock) return this.#exit(processExits.occupied);
    await this.#serve();
  }

  /** Boots beside the worker that owns the server, and takes over when the supervisor says so (docs/handoff.md). */
  succeed(): void {
    const duties: HandoffDuties = {
      softStart: async () => undefined, // booting was all there is to do
      migrationStart: async (_from, shards) => shards,
      guildState: (state) => this.#log.debug({ event: 'handoff.state', state }),
      resume: (_shard, at) => this.#takeOver(at.SessionID),
      fullStart: () => this.#takeOver('').then(() => link.stop()),
      stopShard: () => Promise.reject(new PinkyError('not_running', 'a successor owns no server yet')),
      shutdown: async () => this.#worker?.leave('graceful'),
      leave: () => this.#exit(processExits.handedOver),
    };
    const link: Link = new Link({ path: this.#paths.supervisorSocket }, {
      greet: () => [this.#identification(), { type: 'slaveHello', Running: false }],
      onMessage: (message) => slave.receive(message),
      // the handoff died with the supervisor
      onDisconnected: () => void (this.#worker ? link.stop() : this.#exit(processExits.handedOver)),
    });
    const slave = new HandoffSlave({
      duties,
      send: (message) => link.send(message),
      onFailure: (error) => this.#failed(error),
    });
    link.start();
  }

  /**
   * The reaction to each signal (docs/signals.md). Until the server is owned, only those that end the worker do
   * anything.
   */
  get signals(): SignalTable {
    const leaveEmpty = (): void => { if (!this.#worker) this.#exit(processExits.handedOver); };
    return {
      SIGTERM: () => (this.#worker ? void this.#worker.stop('graceful') : leaveEmpty()),
      SIGQUIT: () => (this.#worker ? void this.#worker.stop('immediate') : leaveEmpty()),
      SIGINT: () => (this.#worker ? void this.#worker.leave('graceful') : leaveEmpty()),
      SIGHUP: () => (this.#worker ? void this.#worker.leave('immediate') : leaveEmpty()),
      SIGUSR1: () => this.#worker?.restart(),
      SIGUSR2: () => this.#attempt('config.unread', () => this.#reload()), // a broken file changes nothing
      SIGCONT: () => void this.#dump(),
    };
  }

  /**
   * A start leaves some megabytes of garbage. An idle worker would keep them for ever, because nothing makes V8
   * collect.
   */
  #tidy(): void {
    for (const ms of tidyAfterMs) setTimeout(collectGarbage, ms).unref();
  }

  async #takeOver(run: string): Promise<void> {
    if (this.#worker) return;
    const startedAt = systemClock.now();
    this.#lock = await this.#waitForLock();
    await this.#serve();
    this.#log.info({
      event: 'handoff.resumed',
      serverId: this.serverId,
      run,
      ms: Math.round(systemClock.now() - startedAt),
    });
  }

  async #serve(): Promise<void> {
    const worker: ServerWorker = new ServerWorker({
      serverId: this.serverId,
      config: () => this.#config,
      clock: systemClock,
      afterWork: this.#afterWork,
      log: this.#log,
      exit: (code) => this.#exit(code),
      setTitle: (title) => { process.title = title; },
      releaseLock: () => this.#lock?.release(),
      onUp: () => this.#tidy(),
    });
    this.#worker = worker;
    await worker.start();
  }

  /** Throws `worker_unreachable` if the worker before does not let go. */
  async #waitForLock(): Promise<FileLock> {
    for (let waitedMs = 0; waitedMs < lockPatienceMs; waitedMs += lockLookMs) {
      const lock = this.#takeLock();
      if (lock) return lock;
      await systemClock.sleep(lockLookMs);
    }
    throw new PinkyError('worker_unreachable', `server ${this.serverId}: its worker has not let go of it`);
  }

  #takeLock(): FileLock | undefined {
    return FileLock.take(this.#paths.workerLock(this.serverId));
  }

  #identification(): Message {
    const startTime = identify(process.pid)?.startTime ?? '';
    return {
      type: 'identify',
      role: 'worker',
      pid: process.pid,
      startTime,
      version: this.#config.version,
      serverId: this.serverId,
      isSuccessor: true,
    };
  }

  #reload(): void {
    this.#config = readEffectiveConfig(this.#paths.home);
    if (this.#heartbeat) this.#heartbeat.intervalMs = this.#config.worker.heartbeatIntervalMs;
    this.#mask();
    this.#worker?.reconfigured();
  }

  /** Games and the funpack's programs inherit it. Our own files name their modes. */
  #mask(): void {
    process.umask(Number.parseInt(this.#config.game?.umask ?? usualMask, 8));
  }

  /** Writes a dump. Half a megabyte of modules is loaded for it, on that day only. */
  async #dump(): Promise<void> {
    const { dumpPath, dumpTo } = await import('@pinky/supervisor/dump');
    this.#attempt('dump.failed', () => dumpTo(dumpPath()));
  }

  /** Logs a failure and goes on. */
  #attempt(event: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#log.error({ event, error: String(error) });
    }
  }

  #failed(error: unknown): void {
    this.#log.error({ event: 'handoff.failed', error: error instanceof Error ? error.message : String(error) });
    this.#exit(processExits.handedOver);
  }

  #exit(code: number): void {
    process.exit(code); // the kernel gives the lock back
  }
}

const levelOf = ({ logLevel }: BoxConfig): LogLevel => logLevels.find((known) => known === logLevel) ?? 'info';
