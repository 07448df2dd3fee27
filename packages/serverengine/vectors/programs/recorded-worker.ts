import { closeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { join } from 'node:path';
import { BlockingFlag, type ProcessManager, Worker, type WorkerContext } from '@pinky/serverengine';
import { behaviourOf, howInWords, nextOf, readCase, tellEvent, type Behaviour } from './recorded-case.js';

/** The descriptor of the heartbeat pipe in a worker process. */
const heartbeatFd = 3;

/** The test worker of the records. Tells everything that happens to it, and behaves as the case says. */
class RecordedWorker extends Worker {
  readonly #stopFlag = new BlockingFlag();
  readonly #directory = String(this.config['directory']);
  readonly #isHere =
    !isMainThread || this.config['workerType'] === 'embedded' || (process.argv[1] ?? '').endsWith('worker-main.js');
  readonly #behaviour: Behaviour;

  constructor(context: WorkerContext) {
    super(context);
    const base = readCase(this.#directory).worker;
    const gen =
      this.#isHere || this.config['workerType'] === 'spawn' ? nextOf(this.#directory, `worker${this.workerId}`) : 1;
    this.#behaviour = behaviourOf(base, this.workerId, gen);
    // The object is made in the server (for its hooks) and again where it runs. The records have the first one.
    if (!this.#isHere || this.config['workerType'] === 'embedded') this.#tell('worker.initialize');
  }

  beforeFork(): void {
    this.#tell('worker.before_fork');
  }

  afterStart(): void {
    this.#tell('worker.after_start');
  }

  spawn(manager: ProcessManager): void {
    this.#tell('worker.spawn');
    manager.spawn(
      process.execPath,
      join(__dirname, 'recorded-spawned.js'),
      this.#directory,
      String(this.workerId),
      JSON.stringify(this.#behaviour),
    );
  }

  async run(): Promise<void> {
    const {
      mode,
      after = 0,
      finish_after: finishAfter = 0,
      never_reset: neverReset = false,
      puts,
      log,
    } = this.#behaviour;
    if (!neverReset) this.#stopFlag.reset();
    this.#tell('worker.run', this.#marker());
    if (puts !== undefined) process.stdout.write(`${puts}\n`);
    if (puts !== undefined) process.stderr.write(`${puts} on stderr\n`);
    if (log !== undefined) this.logger.info({ event: log });
    const isStopped = await this.#stopFlag.waitForSet(mode === 'exit_after' ? after * 1000 : undefined);
    if (!isStopped && (await this.#leave())) return;
    if (!isStopped) await this.#stopFlag.waitForSet();
    await new Promise((resolve) => setTimeout(resolve, finishAfter * 1000));
    this.#tell('worker.run_end');
  }

  async stop(): Promise<void> {
    const { mode, stop_sleep: sleep = 0 } = this.#behaviour;
    this.#tell('worker.stop');
    if (sleep > 0) await new Promise((resolve) => setTimeout(resolve, sleep * 1000));
    if (mode !== 'stubborn') this.#stopFlag.set();
  }

  reload(): void {
    this.#tell('worker.reload', this.#marker());
  }

  override dump(): void {
    this.#tell('worker.dump');
    super.dump();
  }

  /** True if `run` must return. */
  async #leave(): Promise<boolean> {
    const { how, code = 0, signal } = this.#behaviour;
    this.#tell(
      how === 'close_heartbeat_pipe' ? 'worker.closing_pipe' : 'worker.leaving',
      how === 'close_heartbeat_pipe' ? {} : { how: howInWords(this.#behaviour) },
    );
    switch (how) {
      // libc's exit, without handlers. It is not documented, but every Node has it.
      case 'hard_exit': (process as unknown as { reallyExit: (code: number) => never }).reallyExit(code); break;
      case 'soft_exit': process.exit(code); break;
      case 'raise': throw new Error('boom');
      case 'signal': process.kill(process.pid, `SIG${signal}`); await new Promise(() => undefined); break;
      case 'close_heartbeat_pipe': closeSync(heartbeatFd); return false;
      case 'return':
      case undefined: break;
    }
    return true;
  }

  #marker(): object {
    return this.config['marker'] === undefined ? {} : { marker: this.config['marker'] };
  }

  #tell(ev: string, fields: object = {}): void {
    const isInServer = !this.#isHere || this.config['workerType'] === 'embedded' || !isMainThread;
    tellEvent(this.#directory, isInServer ? 'server' : 'worker', ev, { wid: this.workerId, ...fields });
  }
}

export default RecordedWorker;
