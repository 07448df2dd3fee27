import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import {
  asPinkyError,
  deferred,
  fromErrorAnswer,
  PinkyError,
  systemClock,
  titlePadding,
  type Clock,
  type Deferred,
  type Progress,
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
  /** How long the task may take, milliseconds. Then it is ended as by the signal, and fails. Default: no limit. */
  readonly timeLimitMs?: number;
  /** The program to fork. Default: this package's own. */
  readonly program?: string;
  readonly clock?: Clock;
}

/**
 * How long an aborted runner may take to clean up before it is killed, milliseconds. A backup is waited for by a stop,
 * and leaves only one file, which the next one removes.
 */
const cleanUpMs = (task: RunnerTask): number => (task.type === 'backup' ? 700 : 10_000);
/** How long a killed runner is waited for. The kernel keeps one whose disk or network share hangs. Milliseconds. */
const deathMs = 200;

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
  const stuck = deferred<void>();
  let isLate = false;
  const ending = { exited, stuck, clock, over: over.signal, cleanUpMs: cleanUpMs(task) };
  const end = (): void => void endRunner(child, ending);
  const limit = async (ms: number): Promise<void> => {
    isLate = await clock.rest(ms, over.signal);
    if (isLate) end();
  };
  signal?.addEventListener('abort', end, { once: true });
  if (options.timeLimitMs !== undefined) void limit(options.timeLimitMs);
  send(child, { type: 'task', task, serverId: options.serverId });
  try {
    return await Promise.race([answer, stuck.promise.then(() => { throw cancelled; })]);
  } catch (failure) {
    if (signal?.aborted) throw cancelled;
    throw isLate ? tookTooLong(task, options.timeLimitMs ?? 0) : failure;
  } finally {
    signal?.removeEventListener('abort', end);
    await Promise.race([exited, stuck.promise]);
    over.abort();
  }
}

const tookTooLong = (task: RunnerTask, limitMs: number): PinkyError =>
  new PinkyError(task.type === 'backup' ? 'backup_failed' : 'deadline_exceeded',
    `the ${task.type} took longer than ${Math.round(limitMs / 1_000)} s and was ended`);

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
  child.once('error', (cause) => {
    const words = `the funpack-runner could not be started: ${cause.message}`;
    reject(new PinkyError(asPinkyError(cause).code, words, { cause }));
  });
  child.once('close', (code, signal) => {
    reject(
      new PinkyError(signal ? 'runner_died' : 'internal', `the funpack-runner died (${signal ?? `exit ${code}`})`, {
        details: { stderr: stderr.trim() },
      }),
    );
  });
  return promise;
}

interface RunnerEnd {
  readonly exited: Promise<void>;
  /** Resolved where the runner outlives even a KILL. */
  readonly stuck: Deferred<void>;
  readonly clock: Clock;
  readonly over: AbortSignal;
  readonly cleanUpMs: number;
}

async function endRunner(child: ChildProcess, { exited, stuck, clock, over, cleanUpMs }: RunnerEnd): Promise<void> {
  send(child, { type: 'abort' });
  const isOver = (ms: number): Promise<boolean> =>
    Promise.race([exited.then(() => false), clock.rest(ms, over)]);
  if (!(await isOver(cleanUpMs))) return;
  child.kill('SIGKILL');
  if (await isOver(deathMs)) stuck.resolve();
}

/** Its end tells that the runner is gone. One that could not be started has no channel, not even a method `send`. */
function send(child: ChildProcess, message: ToRunner): void {
  if (child.connected) child.send(message, () => undefined);
}
