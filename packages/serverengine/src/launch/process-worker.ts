import type { ChildProcess } from 'node:child_process';
import { childSpec, nodeProgram, type ChildSpec } from '@pinky/supervisor';
import type { EffectiveConfig } from '../config/server-config.js';
import { resolveCredentials } from '../daemonize/credentials.js';
import { isFromWorker, portable, type ToWorker, type WorkerStart } from '../worker/worker-messages.js';
import { titleOf } from '../worker/worker-title.js';
import type { ServerParts } from './server-parts.js';
import type { RunningWorker, WorkerListener } from './running-worker.js';
import { treeName, WorkerProcess } from './worker-process.js';
import { workerProgram } from './worker-program.js';

/** Starts a process that runs a worker module. It notices the server's death by its channel and its heartbeat pipe. */
export function startProcess(parts: ServerParts, start: WorkerStart, { onExit }: WorkerListener): RunningWorker {
  const name = treeName(start.workerId);
  let child: ChildProcess | undefined;
  const send = (message: ToWorker): void => {
    if (child?.connected) child.send(message, () => undefined); // if it has died meanwhile, its exit is reported
  };
  const onSpawned = (spawned: ChildProcess): void => {
    child = spawned;
    parts.sockets.serve(spawned);
    spawned.on('message', (message) => {
      if (isFromWorker(message)) send({ type: 'worker.reload', config: portable(parts.config()) });
    });
    send({ type: 'worker.start', start });
  };
  const spec = (config: EffectiveConfig): ChildSpec => processSpec(parts, start.workerId, config, onSpawned);
  // A bad user must fail here, before anything runs.
  resolveCredentials({
    user: start.config['workerChuser'],
    group: start.config['workerChgroup'],
    umask: start.config['workerChumask'],
  });
  parts.exits.expect(name, onExit);
  parts.tree.start(name, spec(parts.config()));
  return new WorkerProcess(parts.tree, name, spec, (config) =>
    send({ type: 'worker.reload', config: portable(config) }),
  );
}

const processSpec = (
  parts: ServerParts,
  workerId: number,
  config: EffectiveConfig,
  onSpawned: (child: ChildProcess) => void,
): ChildSpec =>
  childSpec({
    ...nodeProgram({
      file: parts.release.fileOf(workerProgram()),
      nodeOptions: config['workerNodeOptions'],
      titleLength: Math.max(32, titleOf(config, workerId)?.length ?? 0),
    }),
    ...parts.release.inWorkingFolder,
    hasHeartbeat: true,
    hasChannel: true,
    output: 'inherit',
    ladder: parts.ladders.get(config, true),
    isWanted: () => false, // the worker's slot decides about restarts, not the tree
    onSpawned,
  });
