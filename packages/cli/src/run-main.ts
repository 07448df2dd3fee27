import { setMaxListeners } from 'node:events';
import { systemClock } from '@pinky/protocol';
import { run } from './command-line/run.js';

/** Runs the command line of this process. Sets its exit code. */
export async function runMain(): Promise<void> {
  const interrupted = new AbortController();
  setMaxListeners(0, interrupted.signal); // a broadcast to all adds a listener for each server
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => interrupted.abort(new Error(name)));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0); // the reader has read enough
    process.stderr.write(
      `pinky: ${error.code === 'ENOSPC' ? 'no_space: ' : ''}the output cannot be written: ` +
        `${error.message}\n`,
    );
    process.exit(1);
  });
  const code = await run(process.argv.slice(2), {
    env: process.env,
    cwd: workingDirectory(),
    clock: systemClock,
    signal: interrupted.signal,
    signals: process,
    streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
  });
  process.exitCode = code;
  // A pipe takes the last output after this turn. A terminal may hold stdin open.
  process.stdin.unref?.();
}

/** Undefined where the folder was removed: then the kernel has no path for it (getcwd(3): ENOENT). */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}
