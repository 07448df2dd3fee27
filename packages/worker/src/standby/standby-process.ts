import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { readStat, trySignal } from '@pinky/supervisor/identity';
import type { Clock, RunPaths } from '@pinky/protocol';
import { family } from '../launch/bound-ports.js';
import { makeFifos } from '../launch/fifo.js';
import { standbyName } from '../launch/run-identity.js';
import { wrapperOf, type LaunchOrder, type NextLaunch } from '../launch/wrapper.js';

/** How long a standby may take to end once its pipe is closed, milliseconds. It takes one, unless it was stopped. */
const endMs = 1_000;
/** How long it may take from its order to its claim, milliseconds. It takes one. */
const beginMs = 2_000;
/** A start time of proc_pid_stat(5) counts in these, milliseconds. */
const tickMs = 10;

/**
 * The wrapper of the next run, started ahead: it has forked, and its fork has joined the cgroup, has passed setsid(1)
 * or made its namespaces, and waits on a pipe. Told its run, the fork makes the claim, writes the identity and becomes
 * the game, as that of any wrapper does. A standby holds a FIFO of its own beside `pipe_alive`, which takes the place
 * of that at the launch: until then, the end of `pipe_alive` is still that of the wrapper before. The end of the pipe
 * ends the standby: it is not wanted any more, or its worker has died.
 */
export class StandbyProcess {
  readonly ended: Promise<void>;
  readonly #wrapper: ChildProcess;
  readonly #pipe: Socket;
  readonly #fifo: string;
  readonly #key: string;
  readonly #bornAt: number;
  readonly #madeAt: number;
  #isOver = false;

  /** Throws the error of a system call, or of mkfifo(1). */
  constructor(private readonly order: NextLaunch, private readonly clock: Pick<Clock, 'now' | 'rest'>) {
    this.#key = keyOf(order);
    this.#fifo = `${order.pipeAlive}.next`;
    rmSync(this.#fifo, { force: true });
    makeFifos([this.#fifo]);
    this.#wrapper = spawnWaiting(order, this.#fifo);
    // `pipe` makes a socket of it.
    this.#pipe = this.#wrapper.stdio[4] as Socket;
    this.#pipe.on('error', () => undefined); // it is gone, and so will the wrapper be
    this.#pipe.unref();
    this.#wrapper.unref();
    this.ended = new Promise((resolve) => {
      const over = (): void => {
        this.#isOver = true;
        resolve();
      };
      this.#wrapper.once('exit', over);
    });
    this.#bornAt = Number(readStat(this.pid)?.startTime);
    this.#madeAt = clock.now();
  }

  get pid(): number {
    return this.#wrapper.pid ?? 0;
  }

  /** Whether it would launch exactly this. */
  fits(order: LaunchOrder): boolean {
    return !this.#isOver && !order.run.dir.includes('\n') && keyOf(order) === this.#key;
  }

  /**
   * From now on `pipe_alive` tells of it. Answers when that is, in clock ticks since the boot: a start time that no
   * process has which is born later. Undefined if the place cannot be taken.
   */
  takePlace(): string | undefined {
    try {
      renameSync(this.#fifo, this.order.pipeAlive);
    } catch {
      return undefined; // somebody has removed it, or nothing can be written any more
    }
    return String(this.#bornAt + Math.floor((this.clock.now() - this.#madeAt) / tickMs));
  }

  /**
   * Says in which run it is. If it makes no claim, because somebody has stopped it, say, it is killed: the end of
   * `pipe_alive` tells of it then.
   */
  go({ dir, claim }: RunPaths): void {
    this.#isOver = true;
    this.#pipe.end(`${dir}\n${dir}\n`, () => this.#pipe.destroy());
    void this.#killUnlessBegun(claim);
  }

  async #killUnlessBegun(claim: string): Promise<void> {
    const over = new AbortController();
    void this.ended.then(() => over.abort());
    if ((await this.clock.rest(beginMs, over.signal)) && !existsSync(claim)) this.#kill();
  }

  #kill(): void {
    for (const pid of family(this.pid)) trySignal(pid, 'SIGKILL');
  }

  /** Ends it. Resolves when nothing is left of it. */
  async end(): Promise<void> {
    this.#pipe.destroy();
    rmSync(this.#fifo, { force: true });
    const over = new AbortController();
    void this.ended.then(() => over.abort());
    if (!(await this.clock.rest(endMs, over.signal))) return;
    if (!this.#isOver) this.#kill();
    await this.ended;
  }
}

function spawnWaiting(order: NextLaunch, fifo: string): ChildProcess {
  const alive = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    const { program, args, options } = wrapperOf(order, standbyName());
    const wrapper = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'ignore', alive, 'pipe'] });
    wrapper.on('error', () => undefined); // it has no pid then
    if (wrapper.pid === undefined) throw new Error('no process can be started');
    return wrapper;
  } finally {
    closeSync(alive);
  }
}

/** Two orders with one key launch the same in the same folder, which another may have taken the place of. */
function keyOf({ cwd, ...order }: NextLaunch): string {
  const { dev, ino } = statSync(cwd, { throwIfNoEntry: false }) ?? {};
  const fields = Object.entries(order).filter(([name]) => name !== 'run').toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([cwd, dev, ino, fields]);
}
