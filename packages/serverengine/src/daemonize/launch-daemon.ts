import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { PinkyError } from '@pinky/protocol/base';
import { statusVariable, titleOption, type DaemonStatus } from './daemon-status.js';

export interface DaemonLaunch {
  /** The program that becomes the daemon. Default: this program with its arguments. */
  readonly command?: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
  /** Time for the daemon to be ready. Milliseconds. Default 60 000. */
  readonly timeoutMs?: number;
  /**
   * The later `process.title` of the daemon. Linux keeps a title in the space of the command line, and Node's own
   * `--title` option makes room there. No program sees it among its arguments.
   */
  readonly title?: string;
}

/** The file descriptor on which the daemon reports. */
const statusFd = 3;

/** This program as it was called. */
const thisProgram = (title: string | undefined): readonly [string, ...string[]] => [
  process.execPath,
  ...(title === undefined ? [] : [`${titleOption}${title}`]),
  ...process.execArgv,
  ...process.argv.slice(1),
];

/**
 * Starts a program as a daemon, waits until it reports that it is ready, and answers its pid. It does the same as the
 * double fork in C: a shell that leads a session of its own starts the daemon and leaves. So the daemon has a new
 * session, can never get a terminal, and has no parent of ours. Its standard streams are /dev/null, and its working
 * directory stays.
 *
 * Rejects with the daemon's own words if it reports why it could not start: `launch_failed`. It rejects as well if the
 * daemon ends, or takes too long, without a report.
 */
export async function launchDaemon({
  title,
  command = thisProgram(title),
  env = process.env,
  timeoutMs = 60_000,
}: DaemonLaunch = {}): Promise<number> {
  const launcher = spawn('/bin/sh', ['-c', '"$@" </dev/null &', 'sh', ...command], {
    detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe'], env: { ...env, [statusVariable]: String(statusFd) },
  });
  // The cast holds: descriptor 3 is a pipe.
  const { pid, error } = await readStatus(launcher.stdio[statusFd] as Readable, timeoutMs);
  if (pid === undefined) throw new PinkyError('launch_failed', error);
  return pid;
}

async function readStatus(from: Readable, timeoutMs: number): Promise<DaemonStatus> {
  let text = '';
  const timer = setTimeout(() => from.destroy(), timeoutMs);
  try {
    for await (const chunk of from) text += String(chunk);
  } catch {
    return { error: `the daemon was not ready within ${timeoutMs} ms; it may still be starting` };
  } finally {
    clearTimeout(timer);
  }
  // The cast holds: the daemon's end writes it.
  return text === '' ? { error: 'the daemon ended before it was ready' } : (JSON.parse(text) as DaemonStatus);
}
