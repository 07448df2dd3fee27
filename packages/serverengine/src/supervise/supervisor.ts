import { deferred, PinkyError, systemClock, type Clock } from '@pinky/protocol/base';
import {
  exitInWords,
  type HeldSignals,
  type ProcessExit,
  type ProcessLogger,
  type SignalTable,
} from '@pinky/supervisor';
import type { ConfigSource } from '../config/config-source.js';
import { toMs } from '../config/ladders.js';
import type { EffectiveConfig } from '../config/server-config.js';
import { callHook } from '../process/call-hook.js';
import { DumpOnCont } from '../process/dump-on-cont.js';
import { withLiveConfig } from '../process/live-config.js';
import type { LiveRelease } from '../process/live-release.js';
import { makeServer } from '../process/make-instance.js';
import { reloadSource } from '../process/reload-source.js';
import type { Server, ServerMethods, ServerModule } from '../server/server.js';
import { serverSockets } from '../sockets/server-sockets.js';
import { SocketManager } from '../sockets/socket-manager.js';
import { ServerChildren } from './server-children.js';

export interface SupervisorOptions {
  readonly server: ServerModule | null;
  readonly source: ConfigSource;
  readonly logger: ProcessLogger;
  readonly signals: HeldSignals;
  readonly release: LiveRelease;
  /** The first server's `beforeRun` has succeeded. */
  readonly onReady: () => void;
  readonly clock?: Clock;
}

/**
 * The pause before a restart if `serverRestartWait` is 0. Milliseconds. A server that cannot start must not spin.
 * ServerEngine has the same pause.
 */
const leastRestartWaitMs = 100;

/**
 * Keeps one server running. Restarts it when it ends, replaces it at a live restart, and hands on signals' requests.
 */
export class Supervisor {
  readonly #done = deferred<number>();
  readonly #clock: Clock;
  readonly #sockets: SocketManager;
  readonly #dump: DumpOnCont;
  readonly #children: ServerChildren;
  #current: string | undefined;
  #hasStarted = false;
  #lastStartAt = -Infinity;
  #restart: AbortController | undefined;
  #isStopping = false;
  #isDetaching = false;
  #hasBeenReady = false;
  /** Why the last server that ended could not even start, as far as it said so. */
  #unfit: string | undefined;
  /** A restart has left no worker to start: the server ends by itself, and this process after it. */
  #isRestartedToNone = false;

  constructor(private readonly options: SupervisorOptions) {
    const { logger, release } = options;
    this.#clock = options.clock ?? systemClock;
    this.#sockets = new SocketManager(logger);
    this.#dump = new DumpOnCont(() => this.config, logger);
    this.#children = new ServerChildren({
      clock: this.#clock,
      config: () => this.config,
      logger,
      sockets: this.#sockets,
      release,
      onReady: () => {
        this.#hasBeenReady = true;
        options.onReady();
      },
      onUnfit: (because) => this.#unfitFor(because),
      onEnded: (name, exit) => this.#ended(name, exit),
    });
  }

  get config(): EffectiveConfig {
    return this.options.source.current;
  }

  /**
   * Resolves with the exit code when there is nothing left to supervise. Rejects if not even the first server can start
   * with what it was given: `bad_option`.
   */
  async run(): Promise<number> {
    this.options.signals.obey(this.#table());
    try {
      // A server may end for good while `afterStart` still works.
      await Promise.race([this.#start(), this.#done.promise]);
      return await this.#done.promise;
    } finally {
      this.#restart?.abort();
      this.#children.release();
      await this.#sockets.close();
      await this.#dump.stop();
    }
  }

  #table(): SignalTable {
    return {
      SIGTERM: () => this.#stop(true),
      SIGQUIT: () => this.#stop(false),
      SIGUSR1: () => void this.#restartAll(true),
      SIGHUP: () => void this.#restartAll(false),
      SIGUSR2: () => void this.#reload(),
      SIGINT: () => void (this.config['enableDetach'] ? this.#detach() : this.#stop(true)),
      SIGCONT: () => this.#dumpAll(),
    };
  }

  /** This process and its servers, since an operator who looks for a stuck server sends CONT here. */
  #dumpAll(): void {
    this.#dump.signalled(() => this.#dump.write());
    for (const name of this.#children.names) this.#children.tell(name, 'SIGCONT');
  }

  #stop(isGraceful: boolean): void {
    this.#isStopping = true;
    this.#restart?.abort();
    if (this.#children.names.length === 0) this.#done.resolve(0);
    for (const name of this.#children.names) this.#children.end(name, isGraceful);
  }

  async #restartAll(isGraceful: boolean): Promise<void> {
    await this.#reloadConfig();
    this.#isRestartedToNone = this.#wantsNone;
    const name = this.#current;
    if (name === undefined) return this.#startSoon(0); // an operator's restart waits for no pause
    if (this.config['restartServerProcess']) this.#children.end(name, isGraceful);
    else this.#children.tell(name, isGraceful ? 'SIGUSR1' : 'SIGHUP');
  }

  async #reload(): Promise<void> {
    if (this.config['disableReload']) return;
    await this.#reloadConfig();
    if (!this.#wantsNone) this.#isRestartedToNone = false;
    if (this.#current !== undefined) this.#children.tell(this.#current, 'SIGUSR2');
  }

  get #wantsNone(): boolean {
    return this.config['workerType'] !== 'embedded' && this.config['workers'] === 0;
  }

  async #reloadConfig(): Promise<void> {
    await reloadSource(this.options.source, this.options.logger);
    this.#children.update();
  }

  /**
   * A live restart. Tells the old server to finish. When it has, or `serverDetachWait` is over, the next one starts.
   * The old one is watched until its end.
   */
  async #detach(): Promise<void> {
    const name = this.#current;
    if (this.#isStopping) return;
    if (this.#isDetaching && name !== undefined) return this.#children.end(name, true); // like a repeated stop
    if (name === undefined) return this.config['exitOnDetach'] ? this.#done.resolve(0) : this.#startSoon(0);
    this.#isDetaching = true;
    this.#children.end(name, true);
    const over = new AbortController();
    const waited = this.#clock.rest(toMs(this.config['serverDetachWait']), over.signal);
    await Promise.race([this.#children.whenGone(name), waited]);
    over.abort();
    await new Promise(setImmediate); // if it has ended, its end is dealt with first
    this.#isDetaching = false;
    if (this.#isStopping) return;
    if (this.config['exitOnDetach']) return this.#done.resolve(0);
    if (this.#current !== name) return; // it left in time, and its end has brought the next start
    this.#current = undefined;
    await this.#start();
  }

  async #start(): Promise<void> {
    this.#restart = undefined;
    this.#lastStartAt = this.#clock.now();
    this.#unfit = undefined;
    const instance = this.#instance(this.options.server);
    this.#hasStarted = true;
    this.#current = this.#children.start();
    await callHook(this.options.logger, 'afterStart', () => instance?.afterStart?.());
  }

  /**
   * The server's object in this process. Only its `afterStart` is called here. If it cannot be made, the server's own
   * process fails too and reports it.
   */
  #instance(module: ServerModule | null): (Server & ServerMethods) | undefined {
    const nothing = (): void => undefined;
    const parts = {
      logger: this.options.logger,
      sockets: serverSockets(this.#sockets),
      stop: nothing,
      restart: nothing,
      reload: nothing,
      reloadConfig: nothing,
      dump: nothing,
    };
    try {
      return makeServer(module, withLiveConfig(parts, () => this.config));
    } catch (error) {
      if (!this.#hasStarted) throw error; // if even the first one cannot be made, nothing should run
      this.options.logger.error({ event: 'server.failed', error });
      return undefined;
    }
  }

  /** A first server that cannot start ends this process with the reason. Later ones are started again and again. */
  #unfitFor(because: string): void {
    this.#unfit = because;
    if (this.#hasBeenReady) this.options.logger.error({ event: 'server.unfit', because });
  }

  #ended(name: string, exit: ProcessExit): void {
    this.options.logger.info({
      event: this.#isStopping || name !== this.#current ? 'server.finished' : 'server.finishedUnexpectedly',
      how: exitInWords(exit),
    });
    const code = exit.kind === 'code' ? exit.code : undefined;
    const isForGood = code !== undefined && this.config['unrecoverableExitCodes'].includes(code);
    if (this.#isStopping && this.#children.names.length === 0) return this.#done.resolve(isForGood ? code : 0);
    if (name !== this.#current || this.#isStopping) return;
    this.#current = undefined;
    if (isForGood) return this.#done.resolve(code);
    // A server that was ready once may have lost its module to a deployment, which may bring it back.
    if (this.#unfit !== undefined && !this.#hasBeenReady) {
      return this.#done.reject(new PinkyError('bad_option', this.#unfit));
    }
    if (this.#isRestartedToNone && code === 0) return this.#done.resolve(0);
    if (this.#isDetaching && this.config['exitOnDetach']) return;
    const wait = toMs(this.config['serverRestartWait']);
    this.#startSoon(Math.max(this.#lastStartAt + wait - this.#clock.now(), wait === 0 ? leastRestartWaitMs : 0));
  }

  #startSoon(pauseMs: number): void {
    if (this.#isStopping) return;
    this.#restart?.abort();
    const restart = new AbortController();
    this.#restart = restart;
    void this.#clock.rest(pauseMs, restart.signal).then((isOver) => {
      if (isOver) void this.#start(); // otherwise it was stopped meanwhile
    });
  }
}
