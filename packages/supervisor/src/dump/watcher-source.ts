/** The counters that the watcher thread and the main thread share, 32 bits each. */
export const watcherCounters = {
  /** Signals that the main thread has answered by itself. */
  answered: 0,
  /** Dumps made for the watcher, whose signals have not reached the main thread yet. */
  written: 1,
} as const;

/** Names the symbol on `globalThis` under which the watcher finds the function that dumps the stopped main thread. */
export const dumpHook = 'pinky.supervisor.dump';

/** Node's options for the watcher thread, and for no other thread. */
export const watcherNodeOptions = ['--expose-internals', '--no-warnings'];

/**
 * The watcher thread's program. It is text, so that it survives every bundler.
 *
 * A signal reaches JavaScript through the event loop, so a thread caught in a loop never sees it. Node 20's
 * `--report-on-signal` takes the same way. The watcher has an event loop of its own. Node offers signals to the main
 * thread only, but the binding below that (`signal_wrap`) works in any thread. Node's own tests reach it through
 * `internal/test/binding`, given `watcherNodeOptions`. (`process.binding` no longer has it since Node 24.) The
 * inspector then stops the main thread at its next statement, and a loop has one. There the main thread writes its own
 * dump.
 */
export const watcherSource = `
'use strict';
const { workerData } = require('node:worker_threads');
const counters = new Int32Array(workerData.shared);
let isPausing = false;

function dumpMain(seen) {
  if (isPausing) return;
  isPausing = true;
  const { Session } = require('node:inspector');
  const session = new Session();
  session.connectToMainThread();
  const resume = () => session.post('Debugger.resume', () => {
    session.disconnect();
    isPausing = false;
  });
  session.on('Debugger.paused', () => {
    // The main thread stands still now. Either it has answered meanwhile, or it cannot before it goes on.
    if (Atomics.load(counters, ${watcherCounters.answered}) !== seen) return resume();
    Atomics.add(counters, ${watcherCounters.written}, 1);
    session.post('Runtime.evaluate', { expression: 'globalThis[Symbol.for("${dumpHook}")]?.()' }, resume);
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

const { Signal } = require('internal/test/binding').internalBinding('signal_wrap');
const watch = new Signal();
watch.onsignal = () => {
  const seen = Atomics.load(counters, ${watcherCounters.answered});
  setTimeout(() => {
    if (Atomics.load(counters, ${watcherCounters.answered}) === seen) dumpMain(seen);
  }, workerData.patienceMs);
};
watch.start(workerData.signal);
`;
