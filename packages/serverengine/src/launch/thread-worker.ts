import { Worker as Thread } from 'node:worker_threads';
import { ladderFrom } from '../config/ladders.js';
import { portable, type ToWorker, type WorkerStart } from '../worker/worker-messages.js';
import type { ServerParts } from './server-parts.js';
import type { RunningWorker, WorkerListener } from './running-worker.js';
import { StopRequests } from './stop-requests.js';
import { workerProgram } from './worker-program.js';

/**
 * Starts a thread of the server's process that runs a worker module. An immediate stop first asks, then terminates it.
 */
export function startThread(
  { clock, config, release, logger }: ServerParts,
  start: WorkerStart,
  { onExit }: WorkerListener,
): RunningWorker {
  release.leaveRemovedFolder();
  const thread = new Thread(release.fileOf(workerProgram()), { workerData: start, name: `worker ${start.workerId}` });
  const send = (message: ToWorker): void => thread.postMessage(message);
  let isTerminated = false;
  let hasAsked = false;
  const terminate = (): void => {
    isTerminated = true;
    void thread.terminate();
  };
  const requests = new StopRequests({
    clock,
    ladder: () => ladderFrom(config(), 'worker', false),
    onRung: (rung) => {
      if (rung !== 'graceful' && hasAsked) return terminate();
      hasAsked = true;
      send({ type: 'worker.stop' });
    },
  });
  let isOnline = false;
  thread.once('online', () => { isOnline = true; });
  thread.on('error', (error: Error) => {
    // Its exit follows. One that runs has logged the error itself.
    if (!isOnline) logger.error({ event: 'worker.unstarted', workerId: start.workerId, because: error.message });
  });
  thread.on('exit', (code) => {
    requests.end();
    onExit(isTerminated ? { kind: 'signal', signal: 'SIGKILL' } : { kind: 'code', code });
  });
  return {
    isProcess: false,
    stop: (isGraceful) => requests.ask(isGraceful),
    reload: (next) => send({ type: 'worker.reload', config: portable(next) }),
  };
}
