/** What the sentry thread and the main thread share: one 32-bit counter each. */
export const sentryCounters = {
  /** Signals that the main thread has answered itself. */
  answered: 0,
  /** Dumps made for the sentry whose signal the main thread has yet to see. */
  written: 1,
} as const;

/**
 * The name of the main thread's function (on `globalThis`, a symbol) that the sentry has it run while it is stopped.
 */
export const dumpHook = 'pinky.supervisor.dump';

/** What the sentry thread, and no other, is started with. */
export const sentryNodeOptions = ['--expose-internals', '--no-warnings'];

/**
 * The sentry thread's program, as text so that it survives every bundler.
 *
 * A signal reaches JavaScript through the event loop, so a thread caught in a loop never hears of it, and Node 20's
 * `--report-on-signal` goes the same way. The sentry has an event loop of its own. Node offers signals to the main
 * thread only; the binding below that (`signal_wrap`) works in any, and Node's own tests reach it by
 * `internal/test/binding` where a thread has `sentryNodeOptions`. (`process.binding` has it no longer since Node 24.)
 * The inspector then stops the main thread at its next statement, which a loop has, and has it write its own dump
 * there.
 */
export const sentrySource = `
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
    // The main thread stands still now: either it has answered meanwhile or it cannot before it goes on.
    if (Atomics.load(counters, ${sentryCounters.answered}) !== seen) return resume();
    Atomics.add(counters, ${sentryCounters.written}, 1);
    session.post('Runtime.evaluate', { expression: 'globalThis[Symbol.for("${dumpHook}")]?.()' }, resume);
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

const { Signal } = require('internal/test/binding').internalBinding('signal_wrap');
const watch = new Signal();
watch.onsignal = () => {
  const seen = Atomics.load(counters, ${sentryCounters.answered});
  setTimeout(() => {
    if (Atomics.load(counters, ${sentryCounters.answered}) === seen) dumpMain(seen);
  }, workerData.patienceMs);
};
watch.start(workerData.signal);
`;
