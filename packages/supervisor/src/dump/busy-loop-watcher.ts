import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { dumpHook, watcherCounters, watcherNodeOptions, watcherSource } from './watcher-source.js';

/** Time for the main thread to answer a signal before the watcher stops it where it is. Milliseconds. */
const patienceMs = 300;

/** Heap limits of the thread, which does next to nothing. MB. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };

/**
 * A second thread that dumps the main thread on a signal, even if the main thread is caught in a loop. It costs 7.5 MB
 * of private memory (measured on Node 20), so a process that must stay small does without it.
 */
export class BusyLoopWatcher {
  private readonly counters = new Int32Array(new SharedArrayBuffer(8));
  private thread: Worker | undefined;

  /** @param dump Runs on the main thread, in the middle of its work. */
  constructor(private readonly signal: NodeJS.Signals, private readonly dump: () => void) {}

  /** May be called twice. If this Node cannot run the thread, `onUnavailable` gets the reason. */
  start(onUnavailable: (reason: Error) => void): void {
    if (this.thread) return;
    Reflect.set(globalThis, Symbol.for(dumpHook), this.dump);
    const workerData = { shared: this.counters.buffer, patienceMs, signal: constants.signals[this.signal] };
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

  async stop(): Promise<void> {
    const thread = this.thread;
    this.thread = undefined;
    if (thread) Reflect.deleteProperty(globalThis, Symbol.for(dumpHook));
    await thread?.terminate();
  }
}
