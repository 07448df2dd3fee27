import { isMainThread } from 'node:worker_threads';
import { asPinkyError } from '@pinky/protocol/base';
import type { ProcessLogger } from '@pinky/supervisor';
import { HeartbeatSender, type HeldSignals } from '@pinky/supervisor/child';
import { AdoptionClient } from '../adopt/adoption-client.js';
import { toMs } from '../config/ladders.js';
import type { EffectiveConfig } from '../config/server-config.js';
import { becomeUser, resolveCredentials } from '../daemonize/credentials.js';
import { callHook } from '../process/call-hook.js';
import { DumpOnCont } from '../process/dump-on-cont.js';
import { withLiveConfig } from '../process/live-config.js';
import { loadWorker } from '../process/load-module.js';
import { makeWorker } from '../process/make-instance.js';
import { followConfig, makeLogger } from '../process/make-logger.js';
import type { ParentServer } from '../server/parent-server.js';
import { SocketClient } from '../sockets/socket-client.js';
import type { ToWorker, WorkerStart } from './worker-messages.js';
import { titleOf } from './worker-title.js';
import type { WorkerMethods } from './worker.js';

/** Runs a worker's module in this process or thread, and does what server and signals ask. */
export class WorkerRuntime {
  #config: EffectiveConfig;
  #worker: (WorkerMethods & { dump(): void }) | undefined;
  #logger!: ProcessLogger;
  #heartbeat: HeartbeatSender | undefined;
  #isOrphan = false;
  #adopter: AdoptionClient | undefined;
  readonly #early: ToWorker[] = [];

  /** @param signals Only for a process. Signals never reach a thread. */
  constructor(private readonly start: WorkerStart, private readonly signals: HeldSignals | undefined) {
    this.#config = start.config;
  }

  /** Resolves with the exit code. */
  async run(): Promise<number> {
    try {
      if (isMainThread) this.#settle();
      this.#logger = await makeLogger(
        isMainThread ? this.#config : { ...this.#config, logStdout: false, logStderr: false },
      );
      const dump = new DumpOnCont(() => this.#config, this.#logger);
      this.#worker = await this.#makeWorker(dump);
      const running = this.#begin(this.#worker);
      this.#catchSignals(dump);
      for (const message of this.#early.splice(0)) this.receive(message);
      await running;
      await this.#logger.close();
      return 0;
    } catch (failure) {
      return this.#failed(failure);
    }
  }

  receive(message: ToWorker): void {
    if (!this.#worker) this.#early.push(message);
    else if (message.type === 'worker.stop') this.#stop();
    else if (message.type === 'worker.reload') this.#reload(message.config);
  }

  /** The server is gone, so nobody will ask us to leave. We ask ourselves, and wait no longer than the server would. */
  parentLost(): void {
    if (this.#config['atParentLoss'] === 'stay') return this.#waitForAdoption();
    if (this.#isOrphan) return;
    this.#isOrphan = true;
    this.#logger?.fatal({ event: 'worker.orphaned', workerId: this.start.workerId, reason: 'the server has ended' });
    this.#stop();
    const patienceMs = toMs(this.#config['workerGracefulKillTimeout']);
    if (patienceMs >= 0) setTimeout(() => process.exit(1), patienceMs).unref();
  }

  /** First of all, so that a `stop` that came early finds what `run` has prepared for it. */
  async #begin(worker: WorkerMethods): Promise<void> {
    await worker.run?.();
  }

  #waitForAdoption(): void {
    const directory = this.#config['adoptDir'];
    if (typeof directory !== 'string' || !isMainThread) return;
    this.#adopter ??= new AdoptionClient({
      directory,
      workerId: this.start.workerId,
      beatMs: () => toMs(this.#config['workerHeartbeatInterval']),
      onMessage: (message) => this.receive(message),
    });
  }

  /** Only the pipe is gone: the server will take us for dead and stop us. */
  #pipeLost(): void {
    if (process.connected) this.#logger?.fatal({ event: 'worker.heartbeatLost', workerId: this.start.workerId });
    else this.parentLost();
  }

  #settle(): void {
    const config = this.#config;
    this.#heartbeat = HeartbeatSender.start({
      intervalMs: toMs(config['workerHeartbeatInterval']),
      onParentLost: () => this.#pipeLost(),
    });
    becomeUser(
      resolveCredentials({
        user: config['workerChuser'],
        group: config['workerChgroup'],
        umask: config['workerChumask'],
      }),
    );
    this.#retitle();
  }

  #retitle(): void {
    const title = titleOf(this.#config, this.start.workerId);
    if (title !== undefined) process.title = title;
  }

  async #makeWorker(dump: DumpOnCont): Promise<WorkerMethods & { dump(): void }> {
    const parts = {
      server: this.#server(),
      logger: this.#logger,
      workerId: this.start.workerId,
      dump: () => dump.write(),
    };
    return makeWorker(await loadWorker(this.start.modulePath), withLiveConfig(parts, () => this.#config));
  }

  /** QUIT and HUP keep the kernel's own meaning, so that they work whatever the worker is doing. */
  #catchSignals(dump: DumpOnCont): void {
    const stop = (): void => this.#stop();
    this.signals?.obey({
      SIGTERM: stop,
      SIGINT: stop,
      SIGUSR1: stop,
      SIGUSR2: () => this.#askForReload(),
      SIGCONT: () => dump.signalled(() => this.#worker?.dump()),
    });
  }

  /** An orphan that is not adopted has no server to ask. It only follows its log to the new file. */
  #askForReload(): void {
    if (process.connected) process.send?.({ type: 'worker.reloadMe' });
    else if (!this.#adopter?.send({ type: 'worker.reloadMe' })) this.#logger.reopen();
  }

  #stop(): void {
    void callHook(this.#logger, 'stop', () => this.#worker?.stop?.());
  }

  #reload(config: EffectiveConfig): void {
    this.#config = config;
    followConfig(this.#logger, config);
    if (this.#heartbeat) this.#heartbeat.intervalMs = toMs(config['workerHeartbeatInterval']);
    if (isMainThread) this.#retitle();
    void callHook(this.#logger, 'reload', () => this.#worker?.reload?.());
  }

  #server(): ParentServer {
    const client = new SocketClient();
    return {
      ...this.start.server,
      sockets: {
        open: async () => undefined,
        listen: (server, address) => client.listen(server, address),
        bindUdp: (address) => client.bindUdp(address),
      },
    };
  }

  async #failed(failure: unknown): Promise<number> {
    const error = failure instanceof Error ? failure : asPinkyError(failure);
    process.stderr.write(`worker ${this.start.workerId} failed: ${error.stack ?? error.message}\n`);
    this.#logger?.error({ event: 'worker.failed', workerId: this.start.workerId, error });
    await this.#logger?.close();
    return 1;
  }
}
