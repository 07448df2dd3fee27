import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Lifetime, type LongLived } from '@pinky/protocol/base';
import { dumpHook, watcherCounters, watcherNodeOptions, watcherSource } from './watcher-source.js';

/** Time for the main thread to answer a signal before the watcher stops it where it is. Milliseconds. */
const patienceMs = 300;

/** Heap limits of the thread, which does next to nothing. MB. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };

export interface BusyLoopWatcherOptions {
  readonly signal: NodeJS.Signals;
  /** Runs on the main thread, in the middle of its work. */
  readonly dump: () => void;
  /** Gets the reason if this Node cannot run the thread. */
  readonly onUnavailable: (reason: Error) => void;
}

/**
 * A second thread that dumps the main thread on a signal, even if the main thread is caught in a loop. It costs 7.5 MB
 * of private memory (measured on Node 20), so a process that must stay small does without it.
 */
export class BusyLoopWatcher implements LongLived {
  private readonly life = new Lifetime({ begin: () => this.begin(), end: () => this.end() });
  private readonly counters = new Int32Array(new SharedArrayBuffer(8));
  private thread: Worker | undefined;

  constructor(private readonly options: BusyLoopWatcherOptions) {}

  start(signal?: AbortSignal): void {
    void this.life.start(signal);
  }

  stop(): Promise<void> {
    return this.life.stop();
  }

  private begin(): void {
    const { signal, dump, onUnavailable } = this.options;
    Reflect.set(globalThis, Symbol.for(dumpHook), dump);
    const workerData = { shared: this.counters.buffer, patienceMs, signal: constants.signals[signal] };
    this.thread = new Worker(watcherSource, {
      eval: true,
      name: 'dump watcher',
      workerData,
      resourceLimits,
      execArgv: watcherNodeOptions,
      stdin: false,
      trackUnmanagedFds: false,
    });
    this.thread.on('error', onUnavailable);
    this.thread.unref();
  }

  /**
   * The main thread calls this when it is about to answer a signal. False if the watcher has already had it
   * answered, and the signal only comes through now.
   */
  claim(): boolean {
    Atomics.add(this.counters, watcherCounters.answered, 1);
    if (Atomics.load(this.counters, watcherCounters.written) === 0) return true;
    Atomics.sub(this.counters, watcherCounters.written, 1);
    return false;
  }

  private async end(): Promise<void> {
    Reflect.deleteProperty(globalThis, Symbol.for(dumpHook));
    await this.thread?.terminate();
  }
}
