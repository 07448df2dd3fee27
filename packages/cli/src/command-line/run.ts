import { Writable } from 'node:stream';
import { CommanderError } from 'commander';
import { asPinkyError, errnoOf, PinkyError } from '@pinky/protocol';
import { cleanText } from '../terminal/clean.js';
import { Output } from '../terminal/output.js';
import type { Invocation } from './context.js';
import { exitCodeOf } from './exit-codes.js';
import { createProgram, usageSentence } from './program.js';

/** Runs one command line and resolves with its exit code. Never throws. */
export async function run(args: readonly string[], invocation: Invocation): Promise<number> {
  let code = 0;
  try {
    await createProgram(args.includes('--json') ? withoutStderr(invocation) : invocation, (result) => {
      code = result;
    }).parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usage(error, args, invocation);
    if (invocation.signal.aborted) return 130;
    if (errnoOf(error) === 'EPIPE') return 0; // `pinky logs | head` has read enough
    const output = new Output(invocation.streams, args.includes('--json'), invocation.env);
    return report(asPinkyError(error), output, invocation.env);
  }
}

/** Commander has printed the error on stderr already. With --json we print it on stdout. */
function usage(error: CommanderError, args: readonly string[], invocation: Invocation): number {
  if (args.includes('--json')) {
    report(
      new PinkyError(
        'bad_command',
        error.code === 'commander.help'
          ? 'no command was given; `pinky --help` lists them'
          : usageSentence(error.message),
      ),
      new Output(invocation.streams, true, invocation.env),
      invocation.env,
    );
  }
  return 2;
}

/** Prints `pinky: <code>: sentence` and what to do about it. With PINKY_DEBUG it prints the stack too. */
function report(error: PinkyError, out: Output, env: NodeJS.ProcessEnv): number {
  const { code, message, remedy } = error;
  const lastLines = lastLinesOf(error);
  const details = lastLines.length > 0 ? { ...error.details, lastLines } : error.details;
  if (out.isJson)
    out.answer({ error: { code, message, remedy, ...(details && { details }) } }, () => []);
  else {
    out.note(out.paint('bad', `pinky: ${code}: ${foreignLines(message, out)}`));
    if (lastLines.length > 0) out.note(['its last lines:', ...lastLines.map((line) => `  | ${line}`)].join('\n'));
    out.note(`what to do: ${remedy}`);
  }
  if (env['PINKY_DEBUG'] && !out.isJson) out.note(String(error.stack));
  return exitCodeOf(code);
}

/** The last lines of a game that failed (`crash_loop`, `start_timeout`), without control sequences. */
function lastLinesOf({ details }: PinkyError): string[] {
  const lines = details?.['lastLines'];
  return Array.isArray(lines) ? lines.filter((line) => typeof line === 'string').map(cleanText) : [];
}

/** The sentence of an error may contain output of a program. */
const foreignLines = (text: string, out: Output): string =>
  text
    .split('\n')
    .map((line) => out.foreign(line))
    .join('\n');

/** With --json everything goes to stdout. */
function withoutStderr(invocation: Invocation): Invocation {
  return {
    ...invocation,
    streams: {
      ...invocation.streams,
      stderr: Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { isTTY: false }),
    },
  };
}
