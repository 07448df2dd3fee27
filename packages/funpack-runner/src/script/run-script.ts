import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { PinkyError, systemClock, type Clock, type ErrorCode } from '@pinky/protocol';
import { LineCutter } from './lines.js';

export interface ScriptOptions {
  readonly cwd: string;
  /** The program's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The words that come before the program, such as setpriv(1) with its arguments. Default: none. */
  readonly under?: readonly string[] | undefined;
  /** How long it may run before its group is killed, milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The text of its stdin. Without it, stdin is empty. */
  readonly input?: string;
  /** Each line of its output, as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** The code of a failure. Default `prepare_failed`. */
  readonly code?: ErrorCode;
  readonly clock?: Clock;
  /** The program's name in errors. Default: its path. */
  readonly name?: string;
}

/**
 * Watches the pipe on descriptor 3, whose other end is ours. Its end of file means that we died. Then it kills the
 * program's group, so that nothing goes on unwatched. While it lives, the group's number is not given to another group.
 */
const guarded = '( cat <&3 >/dev/null 2>&1; kill -s KILL 0 ) >/dev/null 2>&1 & exec 3<&-; exec "$0" "$@"';
/** How long a group that was asked to end may take before it is killed, milliseconds. */
const graceMs = 2_000;
/** How long output is still read after the program and its group have ended, milliseconds. */
const drainMs = 1_000;
const lastLinesKept = 20;

/**
 * Runs a funpack's program (such as `bin/prepare`) in a process group of its own, and returns when it has ended well.
 * When it ends, by itself or not, nothing of its group is left. Throws `options.code` with the last lines in
 * `details.lines` if it fails or takes too long, and `cancelled` if the signal aborted.
 */
export async function runScript(program: string, args: readonly string[], options: ScriptOptions): Promise<void> {
  const { signal, timeoutMs, clock = systemClock } = options;
  if (signal?.aborted) throw new PinkyError('cancelled', `${program} was cancelled`);
  const child = spawn('/bin/sh', ['-c', guarded, ...(options.under ?? []), program, ...args], {
    cwd: options.cwd,
    env: { ...options.env },
    detached: true,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => undefined); // EPIPE: it need not read what it is given
  child.stdin?.end(options.input);
  const lines: string[] = [];
  readLines(child, (line, stream) => {
    lines.push(line);
    if (lines.length > lastLinesKept) lines.shift();
    options.onLine?.(line, stream);
  });
  const timers = new AbortController();
  const timeout = clock.rest(timeoutMs, timers.signal).then((isOver) => (isOver ? 'timeout' : 'ended'));
  const cancelled = signal ? abortOf(signal, timers.signal) : undefined;
  try {
    const exited = exitOf(child);
    const first = await Promise.race([exited, timeout, ...(cancelled ? [cancelled] : [])]);
    if (typeof first === 'string') await endGroup(child, exited, clock);
    const exit = await exited;
    killGroup(child, 'SIGKILL');
    await drained(child, clock);
    report({ program: options.name ?? program, first, exit, lines, options });
  } finally {
    timers.abort();
    for (const stream of child.stdio) stream?.destroy();
  }
}

interface ScriptExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly failure?: Error;
}

function exitOf(child: ChildProcess): Promise<ScriptExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (failure) => resolve({ code: null, signal: null, failure }));
  });
}

function abortOf(signal: AbortSignal, over: AbortSignal): Promise<'cancelled'> {
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve('cancelled'), { once: true, signal: over }),
  );
}

async function endGroup(child: ChildProcess, exited: Promise<unknown>, clock: Clock): Promise<void> {
  killGroup(child, 'SIGTERM');
  const over = new AbortController();
  const waited = clock.rest(graceMs, over.signal);
  await Promise.race([exited, waited]);
  over.abort();
  killGroup(child, 'SIGKILL');
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: nothing of the group is left
  }
}

/** Waits for the end of the output, but only for a while: a process that left the group may hold the pipes open. */
async function drained(child: ChildProcess, clock: Clock): Promise<void> {
  const over = new AbortController();
  const ends = [child.stdout, child.stderr].map(async (stream) => {
    if (stream && !stream.readableEnded && !stream.destroyed) {
      await once(stream, 'close', { signal: over.signal }).catch(() => undefined);
    }
  });
  await Promise.race([Promise.all(ends), clock.rest(drainMs, over.signal)]);
  over.abort();
}

function readLines(child: ChildProcess, onLine: (line: string, stream: 'stdout' | 'stderr') => void): void {
  const read = (readable: Readable | null, stream: 'stdout' | 'stderr'): void => {
    const cutter = new LineCutter((line) => onLine(line, stream));
    readable
      ?.on('data', (chunk: Buffer) => cutter.push(chunk))
      .on('end', () => cutter.end())
      .on('error', () => undefined);
  };
  read(child.stdout, 'stdout');
  read(child.stderr, 'stderr');
  child.stdio[3]?.on('error', () => undefined); // EPIPE: the guard is gone already
}

/**
 * The last line that says something. Node ends the text of an exception with its stack and its own version; the error
 * stands before them.
 */
function tellingLine(lines: readonly string[]): string | undefined {
  const said = lines.filter((line) => line.trim() !== '');
  const last = said.at(-1);
  if (last === undefined || !/^Node\.js v\d/.test(last)) return last;
  return said.findLast((line) => !/^(Node\.js v\d|\s+at |\s*\}?\s*$)/.test(line)) ?? last;
}

interface ScriptOutcome {
  readonly program: string;
  readonly first: ScriptExit | 'timeout' | 'cancelled' | 'ended';
  readonly exit: ScriptExit;
  readonly lines: readonly string[];
  readonly options: ScriptOptions;
}

function report({ program, first, exit, lines, options }: ScriptOutcome): void {
  if (first === 'cancelled') throw new PinkyError('cancelled', `${program} was cancelled`);
  const how = first === 'timeout' ? `took longer than ${options.timeoutMs} ms` : describe(exit);
  if (how === undefined) return;
  const said = tellingLine(lines);
  throw new PinkyError(
    options.code ?? 'prepare_failed',
    `${program} ${how}${said === undefined ? '' : `; its last line: ${said.slice(0, 300)}`}`,
    {
      ...(exit.failure && { cause: exit.failure }),
      details: { lines, exitCode: exit.code, signal: exit.signal },
    },
  );
}

function describe(exit: ScriptExit): string | undefined {
  if (exit.failure) return `could not be started: ${exit.failure.message}`;
  if (exit.signal !== null) return `was ended by ${exit.signal}`;
  return exit.code === 0 ? undefined : `exited with ${exit.code}`;
}
