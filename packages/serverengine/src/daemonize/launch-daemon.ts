import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { PinkyError } from '@pinky/protocol/base';
import { statusVariable, titleOption } from './daemon-status.js';

export interface DaemonLaunch {
  /** What becomes the daemon. Default: this very program with its arguments. */
  readonly command?: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
  /** How long the daemon may take to be ready. Milliseconds. Default 60 000. */
  readonly timeoutMs?: number;
  /**
   * What this program's daemon will set `process.title` to. Linux keeps a title in the space of the command line, so it
   * is given room there: Node's own `--title` option, which no program sees among its arguments.
   */
  readonly title?: string;
}

/** What the daemon says about its start, one line of JSON. */
export type DaemonStatus =
  { readonly pid: number; readonly error?: never } | { readonly error: string; readonly pid?: never };

/** The file descriptor that the daemon says it on. */
const statusFd = 3;

/** This program, as it was called. */
const thisProgram = (title: string | undefined): readonly [string, ...string[]] => [
  process.execPath,
  ...(title === undefined ? [] : [`${titleOption}${title}`]),
  ...process.execArgv,
  ...process.argv.slice(1),
];

/**
 * Starts a program as a daemon and waits until it says that it is ready; answers its pid. What the double fork does in
 * C: a shell that leads a session of its own starts the daemon and leaves, so that the daemon has a new session, can
 * never get a terminal, and is nobody's child. Its standard streams are /dev/null; the working directory stays.
 *
 * Fails with the daemon's own words where that says why it could not start, or ended without a word.
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
  // The cast holds: descriptor 3 was asked for as a pipe.
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
