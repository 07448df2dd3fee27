import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FileLock, HeartbeatWriter, type SignalTable } from '@pinky/supervisor/child';
import { identify } from '@pinky/supervisor/identity';
import {
  boxPaths, HandoffSlave, Link, logLevels, PinkyError, processExits, readEffectiveConfig, systemClock,
  type BoxConfig, type BoxPaths, type HandoffDuties, type LogLevel, type Message,
} from '@pinky/protocol';
import { collectGarbage } from './collect-garbage.js';
import { fileLogger } from './logger.js';
import { Worker } from './worker.js';

/** A predecessor that has said it let go of the server has closed its lock a moment before. Milliseconds. */
const lockPatienceMs = 2_000;
const lockLookMs = 2;
/**
 * From `started` to the collections of what the start left behind, milliseconds. V8 forgets the bytecode of functions
 * that two collections have found unused: 10.5 MB private after one, 8.3 after three. Its own collection, some ten
 * seconds after
 * a start, leaves pages behind that one more gives back: 9.7 MB against 9.0. */
const tidyAfterMs = [2_000, 3_000, 4_000, 13_000] as const;

/** The worker as a process: its configuration, its lock, its signals, and its part in a handoff. */
export class WorkerProgram {
  readonly #paths: BoxPaths;
  readonly #log: ReturnType<typeof fileLogger>;
  readonly #heartbeat: HeartbeatWriter | undefined;
  #config: BoxConfig;
  #lock: FileLock | undefined;
  #worker: Worker | undefined;

  constructor(private readonly serverId: string, home: string) {
    this.#paths = boxPaths(home);
    this.#config = readEffectiveConfig(home);
    mkdirSync(dirname(this.#paths.workerLock(serverId)), { recursive: true, mode: 0o700 });
    this.#log = fileLogger(
      join(this.#paths.logDir, 'workers.log'),
      () => levelOf(this.#config),
      `worker ${serverId}`,
      () => systemClock.wallNow(),
    );
    this.#heartbeat = HeartbeatWriter.start({ intervalMs: this.#config.worker.heartbeatIntervalMs });
    process.on('exit', () => this.#log.flush());
    process.on('uncaughtException', (error) => {
      this.#log.fatal({ event: 'worker.uncaught', error: String(error.stack ?? error) });
      process.exit(processExits.uncaught); // a successor takes the game over
    });
  }

  /** Owns the server from the start; exits with 4 where another worker does. */
  async own(): Promise<void> {
    this.#lock = this.#takeLock();
    if (!this.#lock) return this.#exit(processExits.occupied);
    await this.#serve();
  }

  /** Boots beside the worker that owns the server, and takes over when the supervisor says so (docs/handoff.md). */
  succeed(): void {
    const duties: HandoffDuties = {
      softStart: async () => undefined, // to have booted is all there is to get ready
      migrationStart: async (_from, shards) => shards,
      guildState: (state) => this.#log.debug({ event: 'handoff.state', state }),
      resume: (_shard, at) => this.#takeOver(at.SessionID),
      fullStart: () => this.#takeOver('').then(() => link.stop()),
      stopShard: () => Promise.reject(new PinkyError('not_running', 'a successor owns no server yet')),
      shutdown: async () => (this.#worker ? link.stop() : this.#exit(processExits.handedOver)),
    };
    const link: Link = new Link({ path: this.#paths.supervisorSocket }, {
      greet: () => [this.#identification(), { type: 'slaveHello', Running: false }],
      onMessage: (message) => slave.receive(message),
      // the handoff died with its master
      onDisconnected: () => void (this.#worker ? link.stop() : this.#exit(processExits.handedOver)),
    });
    const slave = new HandoffSlave({
      duties,
      send: (message) => link.send(message),
      onFailure: (error) => this.#failed(error),
    });
    link.start();
  }

  /** What each signal does (docs/signals.md). Before the server is owned, only the ends have a meaning. */
  get signals(): SignalTable {
    const leaveEmpty = (): void => { if (!this.#worker) this.#exit(processExits.handedOver); };
    return {
      SIGTERM: () => (this.#worker ? void this.#worker.stop('graceful') : leaveEmpty()),
      SIGQUIT: () => (this.#worker ? void this.#worker.stop('immediate') : leaveEmpty()),
      SIGINT: () => (this.#worker ? void this.#worker.leave('graceful') : leaveEmpty()),
      SIGHUP: () => (this.#worker ? void this.#worker.leave('immediate') : leaveEmpty()),
      SIGUSR1: () => this.#worker?.restart(),
      SIGUSR2: () => this.#attempt('config.unread', () => this.#reload()), // what was in force stays so
      SIGCONT: () => void this.#dump(),
    };
  }

  /**
   * A start leaves some megabytes of garbage, and an idle worker would keep them for ever: there is no reason to
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
    const worker: Worker = new Worker({
      serverId: this.serverId,
      config: () => this.#config,
      clock: systemClock,
      log: this.#log,
      exit: (code) => this.#exit(code),
      setTitle: (title) => { process.title = title; },
      releaseLock: () => this.#lock?.release(),
      onUp: () => this.#tidy(),
    });
    this.#worker = worker;
    await worker.start();
  }

  /** Throws `worker_unreachable` where the predecessor does not let go. */
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
    this.#worker?.reconfigured();
  }

  /** Half a megabyte of modules that are needed on the day of a dump only. */
  async #dump(): Promise<void> {
    const { dumpPath, dumpTo } = await import('@pinky/supervisor/dump');
    this.#attempt('dump.failed', () => dumpTo(dumpPath()));
  }

  /** What goes wrong with it is said, and is no reason to end. */
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
