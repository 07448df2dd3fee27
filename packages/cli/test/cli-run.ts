import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { systemClock } from '@pinky/protocol';
import { run } from '../src/command-line/run.js';

/** One `pinky` command line in this process, with streams that are read as text. */
export interface CliRun {
  readonly done: Promise<number>;
  readonly stdin: PassThrough;
  /** All that was written to stdout so far. */
  out(): string;
  outBytes(): Buffer;
  err(): string;
  /** Resolves once stdout holds the text. */
  untilOut(text: string): Promise<void>;
  /** Ctrl-C. */
  interrupt(): void;
  /** A signal by its name, as `up` hears it. */
  signal(name: string): void;
}

export interface CliOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly isTerminal?: boolean;
}

export function startCli(
  args: readonly string[],
  { env = {}, cwd = '/', isTerminal = false }: CliOptions = {},
): CliRun {
  const interrupted = new AbortController();
  const signals = new EventEmitter();
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal });
  const [stdout, stderr] = [capture(isTerminal), capture(isTerminal)];
  const done = run(args, {
    env: { PATH: process.env['PATH'], PINKY_API: 'no', ...env }, // a box with the API says so
    cwd,
    clock: systemClock,
    signal: interrupted.signal,
    signals,
    streams: { stdin, stdout: stdout.stream, stderr: stderr.stream },
  });
  return {
    done,
    stdin,
    out: stdout.text,
    outBytes: stdout.bytes,
    err: stderr.text,
    untilOut: stdout.until,
    interrupt: () => interrupted.abort(new Error('SIGINT')),
    signal: (name) => void signals.emit(name),
  };
}

/** The same, when it is over. */
export async function cli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<{ code: number; out: string; err: string }> {
  const started = startCli(args, options);
  const code = await started.done;
  return { code, out: started.out(), err: started.err() };
}

function capture(isTTY: boolean) {
  let bytes = Buffer.alloc(0);
  const text = (): string => bytes.toString('utf8');
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 200, rows: 50 });
  const changed = new EventEmitter();
  stream.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    changed.emit('more');
  });
  const until = (wanted: string): Promise<void> => new Promise((resolve) => {
    const look = (): void => {
      if (!text().includes(wanted)) return;
      changed.off('more', look);
      resolve();
    };
    changed.on('more', look);
    look();
  });
  return { stream, text, bytes: () => bytes, until };
}
