import type { Clock, Logger } from '@pinky/protocol/base';
import { toMs } from '../config/ladders.js';
import type { EffectiveConfig } from '../config/server-config.js';
import { exitInWords, type ProcessExit } from '@pinky/supervisor';
import { StartPacer } from './start-pacer.js';
import { isActive } from './slot-states.js';
import { WorkerSlot, type SlotOptions } from './worker-slot.js';
import type { RunningWorker, WorkerListener } from '../launch/running-worker.js';

export interface PoolOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** In [0, 1): the jitter of delays. */
  readonly random: () => number;
  /** The configuration in effect. */
  readonly config: () => EffectiveConfig;
  /** Starts worker `id` with its hooks. Rejects if a hook fails, which is a defect of the program. */
  readonly launch: (id: number, listener: WorkerListener) => Promise<RunningWorker>;
  /** A worker has ended with an unrecoverable code. */
  readonly onUnrecoverable: () => void;
  /** No worker runs, and none is due. */
  readonly onIdle: () => void;
  /** A launch has failed. */
  readonly onFailure: (error: unknown) => void;
}

/** The workers of a server by their ids. Keeps as many as are wanted, each in its wanted state. */
export class WorkerPool {
  readonly #slots: WorkerSlot[] = [];
  readonly #pacer: StartPacer;
  /** The same for all slots. */
  readonly #slotOptions: SlotOptions;
  #isStopping = false;
  #exitCode: number | undefined;

  constructor(private readonly options: PoolOptions) {
    this.#pacer = new StartPacer({
      clock: options.clock,
      delayMs: () => this.#startDelayMs(),
      start: async (slot) => slot.launch(),
    });
    this.#slotOptions = {
      clock: options.clock,
      random: options.random,
      config: options.config,
      launch: options.launch,
      onFailure: options.onFailure,
      onDue: (slot) => this.#pacer.add(slot),
      onNotDue: (slot) => this.#pacer.remove(slot),
      onEnded: (slot, exit, wasAsked, isProcess) => this.#ended(slot, exit, wasAsked, isProcess),
    };
  }

  /** The exit code of the last worker that ended with an unrecoverable one. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Wants workers 0 to `count` - 1. Stops the others. */
  scale(count: number, isGraceful = true): void {
    if (this.#isStopping) return;
    while (this.#slots.length < count) this.#slots.push(new WorkerSlot(this.#slots.length, this.#slotOptions));
    for (const slot of this.#slots) {
      if (slot.id < count) slot.want();
      else slot.unwant(isGraceful);
    }
    this.checkIdle();
  }

  stop(isGraceful: boolean): void {
    this.#isStopping = true;
    for (const slot of this.#slots) slot.unwant(isGraceful);
    this.checkIdle();
  }

  /** How often each worker was started so far. */
  get launches(): readonly number[] {
    return this.#slots.map((slot) => slot.launches);
  }

  /**
   * Replaces each worker as soon as it is gone, without waiting for the others. Leaves out the workers that were
   * started after `before` was read.
   */
  restart(isGraceful: boolean, before: readonly number[] = this.launches): void {
    if (this.#isStopping) return;
    this.#exitCode = undefined;
    for (const slot of this.#slots) if (slot.launches === before[slot.id]) slot.restart(isGraceful);
  }

  reload(): void {
    for (const slot of this.#slots) slot.reload(this.options.config());
  }

  /** Takes back the starts that wait. */
  release(): void {
    this.#pacer.clear();
  }

  #ended({ id, state }: WorkerSlot, exit: ProcessExit, wasAsked: boolean, isProcess: boolean): void {
    if (isProcess) this.#tell(id, exit, wasAsked);
    const code = exit.kind === 'code' ? exit.code : undefined;
    if (code !== undefined && this.options.config()['unrecoverableExitCodes'].includes(code)) this.#exitCode = code;
    if (state === 'over') this.options.onUnrecoverable();
    this.checkIdle();
  }

  #tell(workerId: number, exit: ProcessExit, wasAsked: boolean): void {
    const { log } = this.options;
    const isClean = exit.kind === 'code' && exit.code === 0;
    const how = exitInWords(exit);
    if (wasAsked) log.info({ event: 'worker.finished', workerId, how });
    else if (isClean) log.info({ event: 'worker.exited', workerId, how });
    else log.error({ event: 'worker.exitedUnexpectedly', workerId, how });
  }

  #startDelayMs(): number {
    const { startWorkerDelay: delay, startWorkerDelayRand: part } = this.options.config();
    return toMs(delay * (1 + part * (this.options.random() - 0.5)));
  }

  /** Says so if no worker runs, and none is due. */
  checkIdle(): void {
    if (!this.#slots.some((slot) => isActive[slot.state])) this.options.onIdle();
  }
}
