import type { Clock } from '@pinky/protocol/base';
import { toMs } from '../config/ladders.js';
import type { EffectiveConfig } from '../config/server-config.js';
import {
  afterCrash,
  cleanHistory,
  type CrashHistory,
  defaultRestart,
  type ProcessExit,
  type RestartOptions,
} from '@pinky/supervisor';
import { slotTransition, type SlotEvent, type SlotState } from './slot-states.js';
import type { RunningWorker, WorkerListener } from '../launch/running-worker.js';

/**
 * The pauses without `restartWorkerInterval`: none at first, then 0.1 s, which doubles up to 30 s while the worker
 * keeps ending soon. It is never given up.
 */
export const defaultWorkerRestart: RestartOptions = { ...defaultRestart, limit: Infinity, atCrashLoop: 'keepTrying' };

export interface SlotOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly config: () => EffectiveConfig;
  readonly launch: (id: number, listener: WorkerListener) => Promise<RunningWorker>;
  /** The worker must be started at `dueAt`. */
  readonly onDue: (slot: WorkerSlot) => void;
  readonly onNotDue: (slot: WorkerSlot) => void;
  readonly onEnded: (slot: WorkerSlot, exit: ProcessExit, wasAsked: boolean, isProcess: boolean) => void;
  readonly onFailure: (error: unknown) => void;
}

/** One worker id: its state by `slot-states.ts`, and its worker. */
export class WorkerSlot {
  #state: SlotState = 'empty';
  #worker: RunningWorker | undefined;
  #asked: boolean | undefined;
  #history: CrashHistory = cleanHistory;
  /** The time for its next start. Milliseconds of the clock. */
  dueAt = 0;
  /** How often it was started. */
  launches = 0;

  constructor(readonly id: number, private readonly options: SlotOptions) {}

  get state(): SlotState {
    return this.#state;
  }

  want(): void {
    this.dueAt = this.#state === 'empty' ? this.options.clock.now() : this.dueAt;
    this.#apply('want');
  }

  unwant(isGraceful: boolean): void {
    this.#ask(isGraceful);
    this.#apply('unwant');
  }

  restart(isGraceful: boolean): void {
    // It stays away, but may have to leave at once now.
    if (this.#state === 'leaving') return isGraceful ? undefined : this.unwant(false);
    this.#ask(isGraceful);
    if (!this.#worker) this.dueAt = this.options.clock.now(); // an operator's restart waits for no pause
    this.#apply('restart');
  }

  reload(config: EffectiveConfig): void {
    if (this.#state === 'running') this.#worker?.reload(config);
  }

  /** Starts it, if it is still due. Never rejects. */
  async launch(): Promise<void> {
    if (!this.#apply('go')) return;
    this.launches += 1;
    this.#asked = undefined;
    let isOver = false;
    try {
      const onExit = (exit: ProcessExit): void => {
        isOver = true;
        this.#ended(exit);
      };
      const worker = await this.options.launch(this.id, { onExit });
      if (isOver) return;
      this.#worker = worker;
      this.#apply('started');
      if (this.#asked !== undefined) worker.stop(this.#asked);
    } catch (error) {
      this.#apply('ended');
      this.options.onFailure(error);
    }
  }

  #ask(isGraceful: boolean): void {
    this.#asked = this.#asked === false ? false : isGraceful;
    this.#worker?.stop(isGraceful);
  }

  #ended(exit: ProcessExit): void {
    const wasAsked = this.#asked !== undefined;
    const isProcess = this.#worker?.isProcess ?? true;
    this.#worker = undefined;
    this.#asked = undefined;
    this.dueAt = this.options.clock.now() + this.#pauseMs(wasAsked);
    const isForGood = exit.kind === 'code' && this.options.config()['unrecoverableExitCodes'].includes(exit.code);
    this.#apply(isForGood && !wasAsked ? 'endedForGood' : 'ended');
    this.options.onEnded(this, exit, wasAsked, isProcess);
  }

  #pauseMs(wasAsked: boolean): number {
    const interval = this.options.config()['restartWorkerInterval'];
    if (typeof interval === 'number') return toMs(interval);
    if (wasAsked) return 0;
    const { history, pauseMs = 0 } = afterCrash(
      this.#history,
      this.options.clock.now(),
      defaultWorkerRestart,
      this.options.random(),
    );
    this.#history = history;
    return pauseMs;
  }

  #apply(event: SlotEvent): boolean {
    const next = slotTransition(this.#state, event);
    if (next === undefined) return false;
    const before = this.#state;
    this.#state = next;
    if (next === 'due') this.options.onDue(this);
    else if (before === 'due') this.options.onNotDue(this);
    return true;
  }
}
