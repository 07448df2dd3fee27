import { childSpec, type ChildOptions, type ChildSpec } from '@pinky/supervisor';
import type { EffectiveConfig } from '../config/server-config.js';
import { commandAs, resolveCredentials } from '../daemonize/credentials.js';
import type { SpawnRequest } from '../worker/process-manager.js';
import type { ServerParts } from './server-parts.js';
import type { RunningWorker, WorkerListener } from './running-worker.js';
import { parseSignalName } from './signal-name.js';
import { treeName, WorkerProcess } from './worker-process.js';

/** Starts a program of any kind. It gets the ladder's signals, and the reload signal if there is one. */
export function startProgram(
  parts: ServerParts,
  workerId: number,
  request: SpawnRequest,
  { onExit }: WorkerListener,
): RunningWorker {
  const name = treeName(workerId);
  const spec = (config: EffectiveConfig): ChildSpec => programSpec(parts, request, config);
  parts.exits.expect(name, onExit);
  parts.tree.start(name, spec(parts.config()));
  return new WorkerProcess(parts.tree, name, spec, (config) => {
    const signal = config['workerReloadSignal'];
    if (signal !== undefined && signal !== null) parts.tree.signal(name, parseSignalName(signal));
  });
}

/** The worker's slot decides about restarts, not the tree. Shared, because there may be thousands of specs. */
const neverByItself = { isWanted: () => false };

function programSpec(
  parts: ServerParts,
  { command, args, options }: SpawnRequest,
  config: EffectiveConfig,
): ChildSpec {
  const credentials = resolveCredentials({
    user: config['workerChuser'],
    group: config['workerChgroup'],
    umask: config['workerChumask'],
  });
  const hasHeartbeat = options.hasHeartbeat === true;
  // The cast holds: `spawn` leaves out a variable without a value.
  const env = options.env as Record<string, string> | undefined;
  return childSpec({
    ...commandAs(credentials, command, args),
    hasHeartbeat,
    ladder: parts.ladders.get(config, hasHeartbeat),
    ...neverByItself,
    ...(env && { env }),
    ...(options.cwd === undefined ? parts.release.inWorkingFolder : { cwd: options.cwd }),
    output: outputOf(parts, config, options.output),
  });
}

function outputOf(
  { logger }: ServerParts,
  config: EffectiveConfig,
  file: string | undefined,
): NonNullable<ChildOptions['output']> {
  if (file !== undefined) return { file };
  const isToLog =
    typeof config['log'] === 'string' && config['log'] !== '-' && (config['logStdout'] || config['logStderr']);
  return isToLog ? { onText: (text) => logger.append(text) } : 'inherit';
}
