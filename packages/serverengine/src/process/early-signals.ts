import { isMainThread } from 'node:worker_threads';

/**
 * Signals that end a process which does not catch them, although they ask a server for something else. They may come
 * while the program is still loading its modules.
 */
const early = ['SIGUSR1', 'SIGUSR2', 'SIGHUP'] as const;
type EarlySignal = (typeof early)[number];

const waiting: EarlySignal[] = [];
const listeners = early.map((signal) => [signal, () => void waiting.push(signal)] as const);

/**
 * Ends the watch. A program that catches the signals by now gets those that came in meanwhile. Otherwise they do what
 * they would have done without us.
 */
export function takeEarlySignals(): void {
  for (const [signal, listener] of listeners) process.off(signal, listener);
  for (const signal of waiting.splice(0)) {
    if (process.listenerCount(signal) > 0) process.emit(signal, signal);
    else process.kill(process.pid, signal);
  }
}

// This is the one file that works at its import, since a signal does not wait for `createServer`. The watch ends when
// the program has loaded, even if it never makes a server. A thread has no signals.
if (isMainThread) {
  for (const [signal, listener] of listeners) process.on(signal, listener);
  setImmediate(takeEarlySignals);
}
