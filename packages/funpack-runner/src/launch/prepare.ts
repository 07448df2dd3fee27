import { join } from 'node:path';
import type { Funpack } from '../funpack/read-funpack.js';
import { runScript } from '../script/run-script.js';
import { runTask } from '../task/run-task.js';
import { funpackEnvironment } from './environment.js';
import { isWanted, writeInputs } from './inputs.js';
import type { LaunchContext } from './launch-context.js';
import { placeholdersOf } from './placeholders.js';

export interface PrepareOptions {
  /** Longest that `bin/prepare` may take, milliseconds. Default 10 minutes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
  /** The datafile is written, and `bin/prepare` reads it next. */
  readonly onWritten?: () => void;
}

/** Longest that `bin/prepare` may take unless something else is asked for, milliseconds. */
export const prepareTimeoutMs = 10 * 60_000;

/**
 * Does everything before a launch: writes the datafile and the configuration files, changes those that have `set` in a
 * runner of its own, because parsers are heavy, and runs `bin/prepare` in `working/`. `ran` says whether the funpack
 * has that program. Throws `bad_funpack`, `bad_settings`, `prepare_failed` or `cancelled`.
 */
export async function prepare(
  funpack: Funpack,
  context: LaunchContext,
  options: PrepareOptions = {},
): Promise<{ ran: boolean }> {
  writeInputs(funpack, context);
  options.onWritten?.();
  await changeFiles(funpack, context, options.signal);
  if (!funpack.has.prepare) return { ran: false };
  const { timeoutMs = prepareTimeoutMs, signal, onLine } = options;
  await runScript(join(funpack.dir, 'bin', 'prepare'), [], {
    cwd: context.workingDir,
    env: funpackEnvironment(funpack, context),
    timeoutMs,
    under: context.under,
    code: 'prepare_failed',
    ...(signal && { signal }),
    ...(onLine && { onLine }),
  });
  return { ran: true };
}

async function changeFiles(funpack: Funpack, context: LaunchContext, signal: AbortSignal | undefined): Promise<void> {
  const { dir, digest, manifest } = funpack;
  const placeholders = placeholdersOf(funpack, context);
  if (!manifest.files?.some((file) => file.set !== undefined && isWanted(file, context, placeholders))) return;
  const { serverId } = context;
  await runTask({ type: 'patch', funpackDir: dir, digest, context }, { serverId, ...(signal && { signal }) });
}
