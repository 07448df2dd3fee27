import { Writable } from 'node:stream';
import { CommanderError } from 'commander';
import { asPinkyError, errnoOf, PinkyError, remedies } from '@pinky/protocol';
import { cleanText } from '../terminal/clean.js';
import { Output } from '../terminal/output.js';
import type { World } from './context.js';
import { exitCodeOf } from './exit-codes.js';
import { createProgram, usageSentence } from './program.js';

/** Runs one command line and says what to exit with. Never throws. */
export async function run(args: readonly string[], world: World): Promise<number> {
  let code = 0;
  try {
    await createProgram(args.includes('--json') ? withoutStderr(world) : world, (result) => {
      code = result;
    }).parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usage(error, args, world);
    if (world.signal.aborted) return 130;
    if (errnoOf(error) === 'EPIPE') return 0; // `pinky logs | head` has seen enough
    const output = new Output(world.streams, args.includes('--json'), world.env);
    return report(asPinkyError(error), output, world.env);
  }
}

/** Commander has said it on stderr already, unless a program is to read it. */
function usage(error: CommanderError, args: readonly string[], world: World): number {
  if (args.includes('--json')) {
    report(
      new PinkyError(
        'bad_command',
        error.code === 'commander.help'
          ? 'no command was given; `pinky --help` lists them'
          : usageSentence(error.message),
      ),
      new Output(world.streams, true, world.env),
      world.env,
    );
  }
  return 2;
}

/** `pinky: <code>: sentence`, and what to do about it; a defect of ours shows where it happened. */
function report(error: PinkyError, out: Output, env: NodeJS.ProcessEnv): number {
  const { code, message } = error;
  const lastLines = lastLinesOf(error);
  const details = lastLines.length > 0 ? { ...error.details, lastLines } : error.details;
  if (out.isJson)
    out.answer({ error: { code, message, remedy: remedies[code], ...(details && { details }) } }, () => []);
  else {
    out.note(out.paint('bad', `pinky: ${code}: ${foreignLines(message, out)}`));
    if (lastLines.length > 0) out.note(['its last lines:', ...lastLines.map((line) => `  | ${line}`)].join('\n'));
    out.note(`what to do: ${remedies[code]}`);
  }
  if (env['PINKY_DEBUG'] && !out.isJson) out.note(String(error.stack));
  return exitCodeOf(code);
}

/** What a game said before it failed (`crash_loop`, `start_timeout`), without what would drive a terminal. */
function lastLinesOf({ details }: PinkyError): string[] {
  const lines = details?.['lastLines'];
  return Array.isArray(lines) ? lines.filter((line) => typeof line === 'string').map(cleanText) : [];
}

/** An error's sentence may hold what a program said last. */
const foreignLines = (text: string, out: Output): string =>
  text
    .split('\n')
    .map((line) => out.foreign(line))
    .join('\n');

/** With --json everything that is to be read is on stdout. */
function withoutStderr(world: World): World {
  return {
    ...world,
    streams: {
      ...world.streams,
      stderr: Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { isTTY: false }),
    },
  };
}
