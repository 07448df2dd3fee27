import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import {
  deferred, fromErrorAnswer, PinkyError, systemClock, titlePadding, type Clock, type Progress,
} from '@pinky/protocol';
import { funpackPath } from '../launch/environment.js';
import type { FromRunner, ToRunner } from './messages.js';
import type { RunnerResult, RunnerTask } from './tasks.js';

export interface RunTaskOptions {
  readonly serverId: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Each line of output of the funpack's own programs. */
  readonly onLine?: (line: string) => void;
  /** Ends the task and everything that it started, and removes what is half done. */
  readonly signal?: AbortSignal;
  /** The program to fork. Default: this package's own. */
  readonly program?: string;
  readonly clock?: Clock;
}

/** How long an aborted runner may take to clean up before it is killed, milliseconds. */
const cleanUpMs = 10_000;

/** Resolved at run time, not by the bundler: the runner stays a program of its own, with its heavy libraries. */
const runnerProgram = (): string => createRequire(__filename).resolve('@pinky/funpack-runner/main');

/**
 * Does one task in a process of its own, and answers its answer. Throws the failure of the task, `cancelled` once the
 * signal has aborted, `runner_died` where the process was killed, and `internal` where it exited without an answer.
 */
export async function runTask<T extends RunnerTask>(task: T, options: RunTaskOptions): Promise<RunnerResult<T>> {
  const { signal, clock = systemClock } = options;
  const cancelled = new PinkyError('cancelled', `${task.type} was cancelled`);
  if (signal?.aborted) throw cancelled;
  const child = fork(options.program ?? runnerProgram(), [titlePadding], {
    env: runnerEnvironment(),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'json',
  });
  const exited = exitOf(child);
  const answer = answerOf<RunnerResult<T>>(child, options);
  const over = new AbortController();
  const onAbort = (): void => void endRunner(child, exited, clock, over.signal);
  signal?.addEventListener('abort', onAbort, { once: true });
  send(child, { type: 'task', task, serverId: options.serverId });
  try {
    return await answer;
  } catch (failure) {
    throw signal?.aborted ? cancelled : failure;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await exited;
    over.abort();
  }
}

/** The runner uses the network for us, so it gets what Node needs for that, and nothing of Pinky's own. */
function runnerEnvironment(): NodeJS.ProcessEnv {
  const names = ['HOME', 'LANG', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
  const kept = names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]));
  return { ...Object.fromEntries(kept), PATH: funpackPath() };
}

function exitOf(child: ChildProcess): Promise<void> {
  const { promise, resolve } = deferred<void>();
  child.once('exit', () => resolve());
  child.once('error', () => child.pid === undefined && resolve());
  return promise;
}

function answerOf<R>(child: ChildProcess, options: RunTaskOptions): Promise<R> {
  const { promise, resolve, reject } = deferred<R>();
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => { stderr = (stderr + text).slice(-4_000); });
  // The runner is this package's own program, so its messages need no check.
  child.on('message', (message: FromRunner) => {
    switch (message.type) {
      case 'progress': return options.onProgress?.(message.progress);
      case 'line': return options.onLine?.(message.line);
      case 'done': return resolve(message.result as R);
      case 'failed': return reject(fromErrorAnswer(message.error));
    }
  });
  child.once('error', (cause) =>
    reject(new PinkyError('internal', `the funpack-runner could not be started: ${cause.message}`, { cause })),
  );
  child.once('close', (code, signal) => {
    reject(
      new PinkyError(signal ? 'runner_died' : 'internal', `the funpack-runner died (${signal ?? `exit ${code}`})`, {
        details: { stderr: stderr.trim() },
      }),
    );
  });
  return promise;
}

async function endRunner(child: ChildProcess, exited: Promise<void>, clock: Clock, over: AbortSignal): Promise<void> {
  send(child, { type: 'abort' });
  const waited = clock.rest(cleanUpMs, over).then((isOver) => (isOver ? 'late' : 'over'));
  if ((await Promise.race([exited, waited])) === 'late') child.kill('SIGKILL');
}

function send(child: ChildProcess, message: ToRunner): void {
  child.send(message, () => undefined); // the exit tells that the runner is gone
}
