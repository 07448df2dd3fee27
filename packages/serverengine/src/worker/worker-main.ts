import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { asPinkyError } from '@pinky/protocol/base';
import { toMs } from '../config/ladders.js';
import type { Effective } from '../config/server-config.js';
import { becomeUser, resolveCredentials } from '../daemonize/credentials.js';
import type { ProcessLogger } from '@pinky/supervisor';
import { HeartbeatWriter, holdSignals, type HeldSignals } from '@pinky/supervisor/child';
import { SocketClient } from '../sockets/socket-client.js';
import { FosterLink } from '../adopt/adoption-client.js';
import { guarded } from '../process/call-hook.js';
import { DumpOnCont } from '../process/dump-on-cont.js';
import { withLiveConfig } from '../process/live-config.js';
import { followConfig, makeLogger } from '../process/make-logger.js';
import { loadWorker, makeWorker } from '../process/load-module.js';
import type { ServerView } from '../server/parent-server.js';
import { isToWorker, type ToWorker, type WorkerStart } from './worker-messages.js';
import { titleOf } from './worker-title.js';
import type { WorkerHooks } from './worker.js';

/** The program of worker processes and threads: loads the module, runs it, and does what server and signals ask. */
class WorkerProgram {
  #config: Effective;
  #worker: (WorkerHooks & { dump(): void }) | undefined;
  #logger!: ProcessLogger;
  #beating: HeartbeatWriter | undefined;
  #isOrphan = false;
  #foster: FosterLink | undefined;
  readonly #early: ToWorker[] = [];

  constructor(private readonly start: WorkerStart, private readonly signals: HeldSignals | undefined) {
    this.#config = start.config;
  }

  async run(): Promise<number> {
    try {
      if (isMainThread) this.#settle();
      this.#logger = await makeLogger(
        isMainThread ? this.#config : { ...this.#config, logStdout: false, logStderr: false },
      );
      const dump = new DumpOnCont(() => this.#config, this.#logger);
      this.#worker = makeWorker(
        await loadWorker(this.start.modulePath),
        withLiveConfig(
          {
            server: this.#server(),
            logger: this.#logger,
            workerId: this.start.workerId,
            dump: () => dump.write(),
          },
          () => this.#config,
        ),
      );
      this.#obey(dump);
      await this.#worker.run?.();
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

  /** The server is gone: nobody will ask us to leave, so we ask ourselves, and wait no longer than it would have. */
  parentLost(): void {
    if (this.#config['atParentLoss'] === 'stay') return this.#waitForAdoption();
    if (this.#isOrphan) return;
    this.#isOrphan = true;
    this.#logger?.fatal({ event: 'worker.orphaned', workerId: this.start.workerId, reason: 'the server has ended' });
    this.#stop();
    const patienceMs = toMs(this.#config['workerGracefulKillTimeout']);
    if (patienceMs >= 0) setTimeout(() => process.exit(1), patienceMs).unref();
  }

  #waitForAdoption(): void {
    const directory = this.#config['adoptDir'];
    if (typeof directory !== 'string' || !isMainThread) return;
    this.#foster ??= new FosterLink({
      directory,
      workerId: this.start.workerId,
      beatMs: () => toMs(this.#config['workerHeartbeatInterval']),
      onMessage: (message) => this.receive(message),
    });
  }

  /** Only the pipe is gone: the server will take us for dead and stop us. */
  private pipeLost(): void {
    if (process.connected) this.#logger?.fatal({ event: 'worker.heartbeatLost', workerId: this.start.workerId });
    else this.parentLost();
  }

  #settle(): void {
    const config = this.#config;
    this.#beating = HeartbeatWriter.start({
      intervalMs: toMs(config['workerHeartbeatInterval']),
      onParentLost: () => this.pipeLost(),
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

  /** QUIT and HUP keep the kernel's own meaning, so that they work whatever the worker is doing. */
  #obey(dump: DumpOnCont): void {
    const stop = (): void => this.#stop();
    this.signals?.obey({
      SIGTERM: stop,
      SIGINT: stop,
      SIGUSR1: stop,
      SIGUSR2: () => this.#askForReload(),
      SIGCONT: () => dump.signalled(() => this.#worker?.dump()),
    });
    for (const message of this.#early.splice(0)) this.receive(message);
  }

  /** An orphan that nobody has adopted has nobody to ask: it follows its log to the new file, and that is all. */
  #askForReload(): void {
    if (process.connected) process.send?.({ type: 'worker.reloadMe' });
    else if (!this.#foster?.send({ type: 'worker.reloadMe' })) this.#logger.reopen();
  }

  #stop(): void {
    void guarded(this.#logger, 'stop', () => this.#worker?.stop?.());
  }

  #reload(config: Effective): void {
    this.#config = config;
    followConfig(this.#logger, config);
    if (this.#beating) this.#beating.intervalMs = toMs(config['workerHeartbeatInterval']);
    if (isMainThread) this.#retitle();
    void guarded(this.#logger, 'reload', () => this.#worker?.reload?.());
  }

  #server(): ServerView {
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

function inThread(): void {
  // The cast holds: the server gives it.
  const program = new WorkerProgram(workerData as WorkerStart, undefined);
  parentPort?.on('message', (message: unknown) => {
    if (isToWorker(message)) program.receive(message);
  });
  void program.run().then((code) => process.exit(code));
}

function inProcess(): void {
  process.argv.length = 2; // what follows only gives the title room
  const signals = holdSignals(['SIGTERM', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT']);
  let program: WorkerProgram | undefined;
  let isLost = false;
  process.on('message', (message: unknown) => {
    if (!isToWorker(message)) return;
    if (message.type !== 'worker.start') return program?.receive(message);
    program = new WorkerProgram(message.start, signals);
    void program.run().then((code) => process.exit(code));
    if (isLost) program.parentLost();
  });
  process.on('disconnect', () => {
    isLost = true;
    if (program) program.parentLost();
    else process.exit(1);
  });
}

if (isMainThread) inProcess();
else inThread();
