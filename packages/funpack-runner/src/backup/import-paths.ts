import { isAbsolute, join, relative } from 'node:path';
import { PinkyError } from '@pinky/protocol';
import { isRecord } from '../funpack/checks.js';
import type { Funpack } from '../funpack/read-funpack.js';
import { funpackEnvironment } from '../launch/environment.js';
import type { LaunchContext } from '../launch/launch-context.js';
import { runScript } from '../script/run-script.js';

const timeoutMs = 5 * 60_000;

/**
 * The paths that belong to the world, from `bin/import`: those in the last line of its stdout that is JSON with
 * `paths`. Each is relative to `working/`, or absolute within it. Throws `import_failed`, also if there is no such
 * line.
 */
export async function importPaths(
  funpack: Funpack,
  context: LaunchContext,
  options: { readonly signal?: AbortSignal; readonly onLine?: (line: string) => void },
): Promise<readonly string[]> {
  let paths: readonly string[] | undefined;
  const program = join(funpack.dir, 'bin', 'import');
  await runScript(program, [], {
    cwd: context.workingDir,
    env: funpackEnvironment(funpack, context),
    timeoutMs,
    under: context.under,
    code: 'import_failed',
    ...(options.signal && { signal: options.signal }),
    onLine: (line, stream) => {
      if (stream === 'stdout') paths = pathsIn(line) ?? paths;
      options.onLine?.(line);
    },
  });
  if (!paths) throw new PinkyError('import_failed', `${program} printed no line {"paths":[…]}`);
  return paths.map((path) => (isAbsolute(path) ? relative(context.workingDir, path) : path));
}

function pathsIn(line: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const paths = isRecord(value) ? value['paths'] : undefined;
    return Array.isArray(paths) && paths.every((path) => typeof path === 'string') ? paths : undefined;
  } catch {
    return undefined; // its other lines are for people
  }
}
