import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker as Thread } from 'node:worker_threads';
import { PinkyError, type Clock } from '@pinky/protocol/base';
import { ladderFrom, type WorkerLadders } from '../config/ladders.js';
import type { Effective } from '../config/server-config.js';
import { commandAs, resolveCredentials } from '../daemonize/credentials.js';
import {
  type ChildOptions,
  type ChildSpec,
  childSpec,
  Climber,
  nodeProgram,
  type ProcessExit,
  type ProcessLogger,
  type ProcessTree,
} from '@pinky/supervisor';
import type { SocketManager } from '../sockets/socket-manager.js';
import { guarded } from '../process/call-hook.js';
import type { SpawnRequest } from '../worker/process-manager.js';
import { signalName } from './signal-name.js';
import { titleOf } from '../worker/worker-title.js';
import { treeName, TreeBody } from './tree-worker.js';
import type { BodyListener, WorkerBody } from './running-worker.js';
import { isFromWorker, portable, type ToWorker, type WorkerStart } from '../worker/worker-messages.js';
import type { WorkerHooks } from '../worker/worker.js';

/** What all kinds of bodies need from their server. */
export interface BodyContext {
  readonly clock: Clock;
  readonly tree: ProcessTree;
  /** Hears the exits of the tree's processes by name. */
  readonly exits: Map<string, (exit: ProcessExit) => void>;
  readonly config: () => Effective;
  readonly ladders: WorkerLadders;
  readonly logger: ProcessLogger;
  readonly sockets: SocketManager;
}

/** Every exit is the slot's to judge, so the tree never starts anything again by itself. */
const leaveIt = { isWanted: () => false };
/** One bundled file where the library was built whole; else what the compiler made. */
function workerProgram(): string {
  const bundled = join(__dirname, '../bundle/worker-main.js');
  return existsSync(bundled) ? bundled : join(__dirname, '../worker/worker-main.js');
}


/** A process that runs a worker module; knows the server's death by its channel and its heartbeat pipe. */
export function processBody(context: BodyContext, start: WorkerStart, { onExit }: BodyListener): WorkerBody {
  const name = treeName(start.workerId);
  let child: ChildProcess | undefined;
  const send = (message: ToWorker): void => {
    if (child?.connected) child.send(message, () => undefined); // it died meanwhile: its exit is told
  };
  const spec = (config: Effective): ChildSpec =>
    childSpec({
      ...nodeProgram({
        file: workerProgram(),
        nodeOptions: config['workerNodeOptions'],
        titleLength: Math.max(32, titleOf(config, start.workerId)?.length ?? 0),
      }),
      hasHeartbeat: true,
      hasChannel: true,
      output: 'inherit',
      ladder: context.ladders.get(config, true),
      ...leaveIt,
      onSpawned: (spawned) => {
        child = spawned;
        context.sockets.serve(spawned);
        spawned.on('message', (message) => {
          if (isFromWorker(message)) send({ type: 'worker.reload', config: portable(context.config()) });
        });
        send({ type: 'worker.start', start });
      },
    });
  resolveCredentials({
    user: start.config['workerChuser'],
    group: start.config['workerChgroup'],
    umask: start.config['workerChumask'],
  });
  return inTree(context, name, spec, onExit, (config) => send({ type: 'worker.reload', config: portable(config) }));
}

/** Any program. It gets the ladder's signals, and the reload signal where one is set. */
export function spawnBody(
  context: BodyContext,
  workerId: number,
  request: SpawnRequest,
  { onExit }: BodyListener,
): WorkerBody {
  const name = treeName(workerId);
  return inTree(context, name, (config) => spawnSpec(context, request, config), onExit, (config) => {
    const signal = config['workerReloadSignal'];
    if (signal !== undefined && signal !== null) context.tree.signal(name, signalName(signal));
  });
}

function spawnSpec(context: BodyContext, { command, args, options }: SpawnRequest, config: Effective): ChildSpec {
  const credentials = resolveCredentials({
    user: config['workerChuser'],
    group: config['workerChgroup'],
    umask: config['workerChumask'],
  });
  const hasHeartbeat = options.hasHeartbeat === true;
  // The cast holds: a variable without a value is left out by `spawn`.
  const env = options.env as Record<string, string> | undefined;
  return childSpec({
    ...commandAs(credentials, command, args),
    hasHeartbeat,
    ladder: context.ladders.get(config, hasHeartbeat),
    ...leaveIt,
    ...(env && { env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    output: outputOf(context, config, options.output),
  });
}

function outputOf(
  { logger }: BodyContext,
  config: Effective,
  file: string | undefined,
): NonNullable<ChildOptions['output']> {
  if (file !== undefined) return { file };
  const isToLog =
    typeof config['log'] === 'string' && config['log'] !== '-' && (config['logStdout'] || config['logStderr']);
  return isToLog ? { onText: (text) => logger.append(text) } : 'inherit';
}

function inTree(
  context: BodyContext,
  name: string,
  spec: (config: Effective) => ChildSpec,
  onExit: BodyListener['onExit'],
  tell: (config: Effective) => void,
): WorkerBody {
  context.exits.set(name, onExit);
  context.tree.start(name, spec(context.config()));
  return new TreeBody(context, name, spec, tell);
}

/** A thread of the server's process. An immediate stop first asks, then terminates it. */
export function threadBody({ clock, config }: BodyContext, start: WorkerStart, { onExit }: BodyListener): WorkerBody {
  const thread = new Thread(workerProgram(), { workerData: start, name: `worker ${start.workerId}` });
  const send = (message: ToWorker): void => thread.postMessage(message);
  let isTerminated = false;
  let hasAsked = false;
  const terminate = (): void => {
    isTerminated = true;
    void thread.terminate();
  };
  const climber = new Climber({
    clock, ladder: () => ladderFrom(config(), 'worker', false),
    onRung: (rung) => {
      if (rung !== 'graceful' && hasAsked) return terminate();
      hasAsked = true;
      send({ type: 'worker.stop' });
    },
  });
  thread.on('error', () => undefined); // it has told the log itself; its exit follows
  thread.on('exit', (code) => {
    climber.end();
    onExit(isTerminated ? { kind: 'signal', signal: 'SIGKILL' } : { kind: 'code', code });
  });
  return {
    isProcess: false,
    stop: (isGraceful) => climber.ask(isGraceful),
    reload: (next) => send({ type: 'worker.reload', config: portable(next) }),
  };
}

/**
 * The worker in the server's own thread. The same object runs again after each end; one that does not end cannot be
 * ended, so the server leaves without it.
 */
export function embeddedBody(
  { clock, config, logger }: BodyContext,
  worker: WorkerHooks,
  { onExit }: BodyListener,
  onThrown: (error: unknown) => void,
): WorkerBody {
  let isOver = false;
  let hasThrown = false;
  const over = (exit: ProcessExit): void => {
    if (isOver) return;
    isOver = true;
    climber.end();
    onExit(exit);
  };
  const climber = new Climber({
    clock, ladder: () => ladderFrom(config(), 'worker', false),
    onRung: (rung, nth) => {
      if (rung === 'kill' || (rung === 'immediate' && nth > 1)) return over({ kind: 'signal', signal: 'SIGKILL' });
      if (!hasThrown) void guarded(logger, 'stop', () => worker.stop?.());
    },
  });
  if (!worker.run) throw new PinkyError('bad_option', 'the worker has no run()');
  const run = async (): Promise<void> => worker.run?.();
  // Later: whoever starts it has to have it in hand before it can end.
  setImmediate(() => void run().then(() => over({ kind: 'code', code: 0 }), (error: unknown) => {
    hasThrown = true;
    onThrown(error);
    over({ kind: 'code', code: 1 });
  }));
  return {
    isProcess: false,
    stop: (isGraceful) => climber.ask(isGraceful),
    reload: () => void guarded(logger, 'reload', () => worker.reload?.()),
  };
}
