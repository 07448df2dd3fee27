import { PinkyError } from '@pinky/protocol/base';
import type { ProcessExit } from '@pinky/supervisor';
import { ladderFrom } from '../config/ladders.js';
import { callHook } from '../process/call-hook.js';
import type { WorkerMethods } from '../worker/worker.js';
import type { ServerParts } from './server-parts.js';
import type { RunningWorker, WorkerListener } from './running-worker.js';
import { StopRequests } from './stop-requests.js';

export interface EmbeddedListener extends WorkerListener {
  /** The worker's `run` has thrown. */
  readonly onThrown: (error: unknown) => void;
}

/**
 * Runs the worker in the server's own thread. The same object runs again after each end. Nothing can end it by force,
 * so the server leaves a worker behind that does not end.
 */
export function startEmbedded(
  { clock, config, logger }: ServerParts,
  worker: WorkerMethods,
  { onExit, onThrown }: EmbeddedListener,
): RunningWorker {
  let isOver = false;
  let hasThrown = false;
  let hasBegun = false;
  const over = (exit: ProcessExit): void => {
    if (isOver) return;
    isOver = true;
    requests.end();
    onExit(exit);
  };
  const requests = new StopRequests({
    clock,
    ladder: () => ladderFrom(config(), 'worker', false),
    onRung: (rung, nth) => {
      if (rung === 'kill' || (rung === 'immediate' && nth > 1)) return over({ kind: 'signal', signal: 'SIGKILL' });
      if (hasBegun && !hasThrown) ask();
    },
  });
  const ask = (): void => void callHook(logger, 'stop', () => worker.stop?.());
  const run = runOf(worker);
  // Later, because the worker must not end before its slot has it.
  setImmediate(() => {
    void run().then(() => over({ kind: 'code', code: 0 }), (error: unknown) => {
      hasThrown = true;
      onThrown(error);
      over({ kind: 'code', code: 1 });
    });
    hasBegun = true;
    if (requests.isAsked) ask(); // it was asked before it had begun
  });
  return {
    isProcess: false,
    stop: (isGraceful) => requests.ask(isGraceful),
    reload: () => void callHook(logger, 'reload', () => worker.reload?.()),
  };
}

function runOf(worker: WorkerMethods): () => Promise<void> {
  if (!worker.run) throw new PinkyError('bad_option', 'the worker has no run()');
  return async () => worker.run?.();
}
