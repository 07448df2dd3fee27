import { join } from 'node:path';
import type { Funpack } from '../funpack/read-funpack.js';
import { runScript } from '../script/run-script.js';
import { funpackEnvironment } from './environment.js';
import { writeInputs } from './inputs.js';
import type { LaunchContext } from './launch-context.js';

export interface PrepareOptions {
  /** Default 5 minutes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

const defaultTimeoutMs = 5 * 60_000;

/**
 * Does everything before a launch: writes the datafile and the configuration files, and runs `bin/prepare` in
 * `working/`. `ran` says whether the funpack has that program. Throws `bad_funpack`, `bad_settings`, `prepare_failed`
 * or `cancelled`.
 */
export async function prepare(
  funpack: Funpack,
  context: LaunchContext,
  options: PrepareOptions = {},
): Promise<{ ran: boolean }> {
  writeInputs(funpack, context);
  if (!funpack.has.prepare) return { ran: false };
  const { timeoutMs = defaultTimeoutMs, signal, onLine } = options;
  await runScript(join(funpack.dir, 'bin', 'prepare'), [], {
    cwd: context.workingDir,
    env: funpackEnvironment(funpack, context),
    timeoutMs,
    code: 'prepare_failed',
    ...(signal && { signal }),
    ...(onLine && { onLine }),
  });
  return { ran: true };
}
