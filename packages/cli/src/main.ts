import { setMaxListeners } from 'node:events';
import { systemClock } from '@pinky/protocol';
import { run } from './command-line/run.js';

/** The program behind bin/pinky: hands the process's own world to `run`, and exits with what it says. */
async function main(): Promise<void> {
  const interrupted = new AbortController();
  setMaxListeners(0, interrupted.signal); // each server of a broadcast to all of them waits with it
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => interrupted.abort(new Error(name)));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0); // the reader has seen enough
    process.stderr.write(
      `pinky: ${error.code === 'ENOSPC' ? 'no_space: ' : ''}what was to be printed cannot be written: ` +
        `${error.message}\n`,
    );
    process.exit(1);
  });
  const code = await run(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    signal: interrupted.signal,
    signals: process,
    streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
  });
  process.exitCode = code;
  // A pipe takes what was written after this turn; stdin may be held open by a terminal.
  process.stdin.unref?.();
}

void main();
