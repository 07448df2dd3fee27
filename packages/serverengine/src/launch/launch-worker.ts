import { resolve } from 'node:path';
import { PinkyError } from '@pinky/protocol/base';
import type { AdoptedWorkers } from '../adopt/adopted-workers.js';
import { checkWorker } from '../process/check-worker.js';
import { withLiveConfig } from '../process/live-config.js';
import { loadWorker, requirePath } from '../process/load-module.js';
import { makeWorker } from '../process/make-instance.js';
import type { Server } from '../server/server.js';
import { ProcessManager } from '../worker/process-manager.js';
import { portable } from '../worker/worker-messages.js';
import type { Worker, WorkerGiven, WorkerMethods } from '../worker/worker.js';
import { startEmbedded } from './embedded-worker.js';
import type { ServerParts } from './server-parts.js';
import { startProcess } from './process-worker.js';
import type { RunningWorker, WorkerListener } from './running-worker.js';
import { startProgram } from './spawned-worker.js';
import { startThread } from './thread-worker.js';

export interface LauncherOptions extends ServerParts {
  readonly given: WorkerGiven;
  readonly server: () => Server;
  /** Workers that outlived another server. */
  readonly adopted: () => AdoptedWorkers | undefined;
  /** An embedded worker's `run` has thrown. */
  readonly onThrown: (error: unknown) => void;
}

/** Starts worker `id` with the hooks around it, in the way of the configured type. */
export type WorkerLauncher = (id: number, listener: WorkerListener) => Promise<RunningWorker>;

/** Checks that the worker can run in the configured way, before anything runs. */
export function workerLauncher(options: LauncherOptions): WorkerLauncher {
  const type = options.config()['workerType'];
  if (type === 'thread' || type === 'process') requirePath(options.given, type);
  return type === 'embedded' ? embedded(options) : (id, listener) => withHooks(options, id, listener);
}

/** The same as `checkWorker`, of the worker as it would be started now. */
export const checkPresentWorker = async (options: LauncherOptions): Promise<void> =>
  checkWorker(live(options), options.config());

async function instance(options: LauncherOptions, workerId: number): Promise<WorkerMethods & Pick<Worker, 'dump'>> {
  const { config, logger } = options;
  const parts = {
    server: options.server(),
    logger,
    workerId,
    dump: () => options.server().dump(),
  };
  return makeWorker(await loadWorker(live(options)), withLiveConfig(parts, config));
}

/** The worker as it was given. A module's path leads to the present release. */
const live = ({ given, release }: LauncherOptions): WorkerGiven =>
  typeof given === 'string' ? release.fileOf(resolve(given)) : given;

function embedded(options: LauncherOptions): WorkerLauncher {
  let worker: Promise<WorkerMethods> | undefined;
  return async (id, { onExit }) => {
    worker ??= instance(options, id);
    return startEmbedded(options, await worker, { onExit, onThrown: options.onThrown });
  };
}

async function withHooks(options: LauncherOptions, id: number, listener: WorkerListener): Promise<RunningWorker> {
  const adopted = options.adopted()?.take(id, listener);
  if (adopted) return adopted;
  const worker = await instance(options, id);
  await worker.beforeFork?.();
  const running = await start(options, worker, id, listener);
  await worker.afterStart?.();
  return running;
}

async function start(
  options: LauncherOptions,
  worker: WorkerMethods,
  workerId: number,
  listener: WorkerListener,
): Promise<RunningWorker> {
  const type = options.config()['workerType'];
  if (type === 'spawn') {
    if (!worker.spawn) throw new PinkyError('bad_option', 'the worker has no spawn(), which type spawn needs');
    const manager = new ProcessManager();
    await worker.spawn(manager);
    return startProgram(options, workerId, manager.take(), listener);
  }
  const { pid, shared } = options.server();
  const order = {
    modulePath: requirePath(live(options), type),
    workerId,
    config: portable(options.config()),
    server: { pid, shared },
  };
  return type === 'thread' ? startThread(options, order, listener) : startProcess(options, order, listener);
}
