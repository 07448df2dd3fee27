import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { dumpHook, sentryCounters, sentryNodeOptions, sentrySource } from './sentry-source.js';

/** How long the main thread has to answer a signal before the sentry stops it where it is. Milliseconds. */
const patienceMs = 300;

/** Heap limits of the thread, in MB: it does next to nothing. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };

/**
 * A thread that has the main thread dumped on a signal even where that is caught in a loop.
 * It costs 7.5 MB of private memory (Node 20, measured), so a process that must stay small does without it.
 */
export class BusyLoopSentry {
  private readonly counters = new Int32Array(new SharedArrayBuffer(8));
  private thread: Worker | undefined;

  /** @param dump runs on the main thread, in the midst of whatever it is doing. */
  constructor(private readonly signal: NodeJS.Signals, private readonly dump: () => void) {}

  /** May be called twice. Where this Node lacks what the thread needs, `onUnavailable` hears why. */
  start(onUnavailable: (reason: Error) => void): void {
    if (this.thread) return;
    Reflect.set(globalThis, Symbol.for(dumpHook), this.dump);
    const workerData = { shared: this.counters.buffer, patienceMs, signal: constants.signals[this.signal] };
    this.thread = new Worker(sentrySource, {
      eval: true,
      name: 'dump sentry',
      workerData,
      resourceLimits,
      execArgv: sentryNodeOptions,
      stdin: false,
      trackUnmanagedFds: false,
    });
    this.thread.on('error', onUnavailable);
    this.thread.unref();
  }

  /**
   * The main thread tells that it is about to answer a signal; false where the sentry has had it answered already,
   * and the signal is only now coming through.
   */
  claim(): boolean {
    Atomics.add(this.counters, sentryCounters.answered, 1);
    if (Atomics.load(this.counters, sentryCounters.written) === 0) return true;
    Atomics.sub(this.counters, sentryCounters.written, 1);
    return false;
  }

  async stop(): Promise<void> {
    const thread = this.thread;
    this.thread = undefined;
    if (thread) Reflect.deleteProperty(globalThis, Symbol.for(dumpHook));
    await thread?.terminate();
  }
}
