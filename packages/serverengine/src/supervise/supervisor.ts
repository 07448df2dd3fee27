import type { ChildProcess } from 'node:child_process';
import { deferred, systemClock, type Clock } from '@pinky/protocol/base';
import type { ConfigSource } from '../config/config-source.js';
import { ladderFrom, toMs } from '../config/ladders.js';
import type { Effective } from '../config/server-config.js';
import {
  type ChildSpec,
  childSpec,
  describeExit,
  type HeldSignals,
  type ProcessExit,
  type ProcessLogger,
  ProcessTree,
  type SignalTable,
} from '@pinky/supervisor';
import { SocketManager } from '../sockets/socket-manager.js';
import { guarded } from '../process/call-hook.js';
import { DumpOnCont } from '../process/dump-on-cont.js';
import { followConfig } from '../process/make-logger.js';
import { withLiveConfig } from '../process/live-config.js';
import { makeServer } from '../process/load-module.js';
import { serverSockets } from '../sockets/server-sockets.js';
import type { Server, ServerHooks, ServerModule } from '../server/server.js';
import { isFromServer, roleVariable, type ToServer } from './role.js';

export interface SupervisorOptions {
  readonly server: ServerModule | null;
  readonly source: ConfigSource;
  readonly logger: ProcessLogger;
  readonly signals: HeldSignals;
  /** The first server's `beforeRun` went well. */
  readonly onReady: () => void;
  readonly clock?: Clock;
}

/**
 * Pause before a restart where `serverRestartWait` is 0, milliseconds: as ServerEngine, so that a server that cannot
 * start does not spin.
 */
const leastRestartWaitMs = 100;

/**
 * Keeps one server running: starts it again when it ends, replaces it at a live restart, and hands on what signals ask.
 * A server is this very program, started again in another role.
 */
export class Supervisor {
  readonly #done = deferred<number>();
  readonly #clock: Clock;
  readonly #tree: ProcessTree;
  readonly #sockets: SocketManager;
  readonly #dump: DumpOnCont;
  readonly #children = new Map<string, ChildProcess>();
  readonly #listening = new Set<string>();
  #current: string | undefined;
  #generation = 0;
  #lastStartAt = -Infinity;
  #restart: AbortController | undefined;
  #isStopping = false;
  #isDetaching = false;

  constructor(private readonly options: SupervisorOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#sockets = new SocketManager(options.logger);
    this.#dump = new DumpOnCont(() => this.config, options.logger);
    this.#tree = new ProcessTree({
      clock: this.#clock,
      // Later: the tree has first to note for itself that the process is gone, and the loop to close its handles.
      onEvent: (event) => {
        if (event.type === 'stalled') {
          options.logger.error({ event: 'server.stalled', pid: event.pid, silentMs: Math.round(event.silentMs) });
        }
        if (event.type === 'exited') setImmediate(() => this.#ended(event.name, event.exit));
      },
    });
  }

  get config(): Effective {
    return this.options.source.current;
  }

  /** Resolves with the exit code when there is nothing left to supervise. */
  async run(): Promise<number> {
    this.options.signals.obey(this.#table());
    await this.#start();
    const code = await this.#done.promise;
    this.#restart?.abort();
    this.#tree.release();
    for (const child of this.#children.values()) if (child.connected) child.disconnect();
    await this.#sockets.close();
    await this.#dump.stop();
    return code;
  }

  #table(): SignalTable {
    return {
      SIGTERM: () => this.#stop(true),
      SIGQUIT: () => this.#stop(false),
      SIGUSR1: () => void this.#restartAll(true),
      SIGHUP: () => void this.#restartAll(false),
      SIGUSR2: () => void this.#reload(),
      SIGINT: () => void (this.config['enableDetach'] ? this.#detach() : this.#stop(true)),
      SIGCONT: () => this.#dump.signalled(() => this.#dump.write()),
    };
  }

  #stop(isGraceful: boolean): void {
    this.#isStopping = true;
    this.#restart?.abort();
    if (this.#children.size === 0) this.#done.resolve(0);
    for (const name of this.#children.keys()) this.#end(name, isGraceful);
  }

  /** By the ladder; a request that is repeated reaches the server again. */
  #end(name: string, isGraceful: boolean): void {
    const isLeaving = this.#tree.view(name)?.state === 'leaving';
    if (isLeaving && isGraceful) this.#tell(name, 'SIGTERM');
    else
      void this.#tree.stop(name, {
        mode: isGraceful ? 'graceful' : 'immediate',
        ...(isGraceful && this.config['commandSender'] === 'pipe' && { ask: () => this.#send(name, 'SIGTERM') }),
      });
  }

  async #restartAll(isGraceful: boolean): Promise<void> {
    await this.#reloadConfig();
    const name = this.#current;
    if (name === undefined) return this.#startSoon(0); // an operator waits for no pause
    if (this.config['restartServerProcess']) this.#end(name, isGraceful);
    else this.#tell(name, isGraceful ? 'SIGUSR1' : 'SIGHUP');
  }

  async #reload(): Promise<void> {
    if (this.config['disableReload']) return;
    await this.#reloadConfig();
    if (this.#current !== undefined) this.#tell(this.#current, 'SIGUSR2');
  }

  async #reloadConfig(): Promise<void> {
    const { source, logger } = this.options;
    try {
      await source.load();
    } catch (error) {
      logger.error({ event: 'config.unchanged', error });
    }
    followConfig(logger, this.config);
    for (const name of this.#children.keys()) this.#tree.update(name, this.#spec(name));
  }

  /**
   * Live restart: the old server is told to finish, and when it has, or `serverDetachWait` is over, the next one
   * starts. The old one is watched until its end.
   */
  async #detach(): Promise<void> {
    const name = this.#current;
    if (this.#isStopping) return;
    if (this.#isDetaching && name !== undefined) return this.#end(name, true); // as a stop that is repeated
    if (name === undefined) return this.config['exitOnDetach'] ? this.#done.resolve(0) : this.#startSoon(0);
    this.#isDetaching = true;
    this.#end(name, true);
    const over = new AbortController();
    // it left before
    const waited = this.#clock.rest(toMs(this.config['serverDetachWait']), over.signal);
    await Promise.race([this.#tree.whenGone(name), waited]);
    over.abort();
    await new Promise(setImmediate); // its end, if that was it, is told and dealt with first
    this.#isDetaching = false;
    if (this.#isStopping) return;
    if (this.config['exitOnDetach']) return this.#done.resolve(0);
    if (this.#current !== name) return; // it left in time: its end has brought the next start
    this.#current = undefined;
    await this.#start();
  }

  async #start(): Promise<void> {
    this.#restart = undefined;
    const { logger, server } = this.options;
    this.#generation += 1;
    const name = `server${this.#generation}`;
    this.#current = name;
    this.#lastStartAt = this.#clock.now();
    const instance = this.#instance(server);
    this.#tree.start(name, this.#spec(name));
    await guarded(logger, 'afterStart', () => instance?.afterStart?.());
  }

  /**
   * The server's object in this process: only its `afterStart` is called here. One that cannot be made fails in its own
   * process too, where it is told.
   */
  #instance(module: ServerModule | null): (Server & ServerHooks) | undefined {
    const nothing = (): void => undefined;
    try {
      return makeServer(
        module,
        withLiveConfig(
          {
            logger: this.options.logger,
            sockets: serverSockets(this.#sockets),
            stop: nothing,
            restart: nothing,
            reload: nothing,
            reloadConfig: nothing,
            dump: nothing,
          },
          () => this.config,
        ),
      );
    } catch (error) {
      if (this.#generation === 1) throw error; // a server that cannot even be made is told before anything runs
      this.options.logger.error({ event: 'server.failed', error });
      return undefined;
    }
  }

  #spec(name: string): ChildSpec {
    const config = this.config;
    const title = config['serverProcessName'];
    // The cast holds: a variable without a value is left out by `spawn`.
    const env = { ...process.env, [roleVariable]: String(process.pid) } as Record<string, string>;
    return childSpec({
      command: process.execPath,
      args: [
        ...(title ? [`--title=${title}`] : []),
        ...process.execArgv.filter((option) => !option.startsWith('--title=')),
        ...process.argv.slice(1),
      ],
      env,
      hasHeartbeat: true,
      hasChannel: true,
      output: 'inherit',
      ladder: ladderFrom(config, 'server', true),
      isWanted: () => false,
      onSpawned: (child) => {
        this.#children.set(name, child);
        this.#sockets.serve(child);
        child.on('message', (message) => {
          if (!isFromServer(message)) return;
          if (message.type === 'server.ready') this.options.onReady();
          else this.#listening.add(name);
        });
      },
    });
  }

  #ended(name: string, exit: ProcessExit): void {
    this.#children.delete(name);
    this.#listening.delete(name);
    this.#tree.remove(name);
    const how = describeExit(exit);
    this.options.logger.info({
      event: this.#isStopping || name !== this.#current ? 'server.finished' : 'server.finishedUnexpectedly',
      how,
    });
    const code = exit.kind === 'code' ? exit.code : undefined;
    const isForGood = code !== undefined && this.config['unrecoverableExitCodes'].includes(code);
    if (this.#isStopping && this.#children.size === 0) return this.#done.resolve(isForGood ? code : 0);
    if (name !== this.#current || this.#isStopping) return;
    this.#current = undefined;
    if (isForGood) return this.#done.resolve(code);
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
      if (isOver) void this.#start(); // else it was stopped meanwhile
    });
  }

  /** A server that does not listen yet is only starting: it reads the newest configuration by itself. */
  #tell(name: string, signal: NodeJS.Signals): void {
    if (!this.#listening.has(name)) return;
    if (this.config['commandSender'] === 'pipe' && this.#send(name, signal)) return;
    this.#tree.signal(name, signal);
  }

  #send(name: string, signal: NodeJS.Signals): boolean {
    const child = this.#children.get(name);
    const message: ToServer = { type: 'server.command', signal };
    if (!child?.connected) return false;
    child.send(message, () => undefined); // it died meanwhile: its exit is told
    return true;
  }
}
