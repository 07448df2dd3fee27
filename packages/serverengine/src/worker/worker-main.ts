// First: it catches signals while everything else is loaded.
import { takeEarlySignals } from '../process/early-signals.js';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { holdSignals } from '@pinky/supervisor/child';
import { isToWorker, type WorkerStart } from './worker-messages.js';
import { WorkerRuntime } from './worker-runtime.js';

/** The program of worker threads and worker processes. */
if (isMainThread) inProcess();
else inThread();

function inThread(): void {
  // The cast holds: the server starts each thread with it.
  const runtime = new WorkerRuntime(workerData as WorkerStart, undefined);
  parentPort?.on('message', (message: unknown) => {
    if (isToWorker(message)) runtime.receive(message);
  });
  void runtime.run().then((code) => process.exit(code));
}

function inProcess(): void {
  process.argv.length = 2; // the rest only makes room for the title
  const signals = holdSignals(['SIGTERM', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT']);
  takeEarlySignals();
  let runtime: WorkerRuntime | undefined;
  let isLost = false;
  process.on('message', (message: unknown) => {
    if (!isToWorker(message)) return;
    if (message.type !== 'worker.start') return runtime?.receive(message);
    runtime = new WorkerRuntime(message.start, signals);
    void runtime.run().then((code) => process.exit(code));
    if (isLost) runtime.parentLost();
  });
  process.on('disconnect', () => {
    isLost = true;
    if (runtime) runtime.parentLost();
    else process.exit(1);
  });
}
