import { PinkyError } from '@pinky/protocol/base';
import type { AdoptedWorkers } from '../adopt/adopted-workers.js';
import { embeddedBody, processBody, spawnBody, threadBody, type BodyContext } from './process-worker.js';
import { withLiveConfig } from '../process/live-config.js';
import { loadWorker, makeWorker, requirePath, type WorkerGiven } from '../process/load-module.js';
import { ProcessManager } from '../worker/process-manager.js';
import type { Server } from '../server/server.js';
import type { BodyListener, WorkerBody } from './running-worker.js';
import { portable } from '../worker/worker-messages.js';
import type { Worker, WorkerHooks } from '../worker/worker.js';

export interface LauncherOptions extends BodyContext {
  readonly given: WorkerGiven;
  readonly server: () => Server;
  /** Workers that outlived another server. */
  readonly adopted: () => AdoptedWorkers | undefined;
  /** An embedded worker's `run` has thrown. */
  readonly onThrown: (error: unknown) => void;
}

/** Starts worker `id` in the way of the configured type, with the hooks around it. */
export type WorkerLauncher = (id: number, listener: BodyListener) => Promise<WorkerBody>;

/** Checks that the worker can be run in this way, before anything is. */
export function workerLauncher(options: LauncherOptions): WorkerLauncher {
  const type = options.config()['workerType'];
  if (type === 'thread' || type === 'process') requirePath(options.given, type);
  return type === 'embedded' ? embedded(options) : (id, listener) => withHooks(options, id, listener);
}

async function instance(options: LauncherOptions, workerId: number): Promise<WorkerHooks & Pick<Worker, 'dump'>> {
  const { config, logger } = options;
  return makeWorker(
    await loadWorker(options.given),
    withLiveConfig(
      {
        server: options.server(),
        logger,
        workerId,
        dump: () => options.server().dump(),
      },
      config,
    ),
  );
}

function embedded(options: LauncherOptions): WorkerLauncher {
  let worker: Promise<WorkerHooks> | undefined;
  return async (id, listener) => {
    worker ??= instance(options, id);
    return embeddedBody(options, await worker, listener, options.onThrown);
  };
}

async function withHooks(options: LauncherOptions, id: number, listener: BodyListener): Promise<WorkerBody> {
  const adopted = options.adopted()?.take(id, listener);
  if (adopted) return adopted;
  const worker = await instance(options, id);
  await worker.beforeFork?.();
  const body = await bodyOf(options, worker, id, listener);
  await worker.afterStart?.();
  return body;
}

async function bodyOf(
  options: LauncherOptions,
  worker: WorkerHooks,
  workerId: number,
  listener: BodyListener,
): Promise<WorkerBody> {
  const type = options.config()['workerType'];
  if (type === 'spawn') {
    if (!worker.spawn) throw new PinkyError('bad_option', 'the worker has no spawn(), which type spawn needs');
    const manager = new ProcessManager();
    await worker.spawn(manager);
    return spawnBody(options, workerId, manager.take(), listener);
  }
  const { pid, shared } = options.server();
  const start = {
    modulePath: requirePath(options.given, type),
    workerId,
    config: portable(options.config()),
    server: { pid, shared },
  };
  return type === 'thread' ? threadBody(options, start, listener) : processBody(options, start, listener);
}
