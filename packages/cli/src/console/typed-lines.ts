import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { Context } from '../command-line/context.js';
import { lineWriter, readableLine, type ConsoleWriter } from './console-writer.js';

/** The place where lines are typed, and where a console is shown at the same time. */
export interface Terminal {
  readonly lines: AsyncIterable<string>;
  /** Lines can be edited and recalled: a person sits at a terminal. */
  readonly isEdited: boolean;
  /** Where the console goes, if it must not write over the line that is being typed. */
  readonly writer: ConsoleWriter | undefined;
  /** Prints a line above the one that is being typed. */
  say(text: string): void;
  /** The same for a remark. */
  warn(text: string): void;
  /** Shows that the next line can be typed. */
  ask(): void;
  close(): void;
}

/** How long an unfinished line of a game waits for its rest, milliseconds. It may be a question. */
const restMs = 200;

/** Reads lines: edited ones with recall at a terminal, else as they come. The end of `signal` ends them. */
export function typedLines(context: Context, prompt: string): Terminal {
  const { out, signal } = context;
  const isEdited = out.streams.stdin.isTTY === true && out.isTerminal && !out.isJson;
  return isEdited ? editedLines(context, prompt) : plainLines(context, signal);
}

function plainLines({ out }: Context, signal: AbortSignal): Terminal {
  const input = createInterface({ input: out.streams.stdin, terminal: false });
  const close = (): void => input.close();
  signal.addEventListener('abort', close, { once: true });
  return {
    lines: input,
    isEdited: false,
    writer: undefined,
    say: (text) => out.line(text),
    warn: (text) => out.note(text),
    ask: () => undefined,
    close,
  };
}

function editedLines({ out, clock, signal }: Context, prompt: string): Terminal {
  const { stdin, stdout } = out.streams;
  const input = createInterface({
    input: stdin,
    output: stdout,
    terminal: true,
    historySize: 500,
    removeHistoryDuplicates: true,
    prompt: out.paint('quiet', prompt),
  });
  const close = (): void => input.close();
  signal.addEventListener('abort', close, { once: true });
  input.on('SIGINT', close);
  const typed = input[Symbol.asyncIterator](); // from now on, no line is lost
  const say = (text: string): void => above(input, stdout, text);
  const lines = lineWriter({}, (line) => say(readableLine(line)));
  let writes = 0;
  const write = (bytes: Buffer): void => {
    const nth = ++writes;
    lines.write(bytes);
    void clock.rest(restMs, signal).then((isTime) => { if (isTime && nth === writes) lines.end(); });
  };
  input.once('close', () => { // leaves the terminal as it was
    clearLine(stdout, 0);
    cursorTo(stdout, 0);
  });
  return {
    lines: { [Symbol.asyncIterator]: () => typed },
    isEdited: true,
    writer: { write, end: lines.end },
    say,
    warn: (text) => say(out.paint('bad', out.advice(text))),
    ask: () => input.prompt(),
    close,
  };
}

/** Prints a line where the typed one stands, and shows that one again below, with its cursor. */
function above(input: Interface & { readonly closed?: boolean }, stdout: NodeJS.WritableStream, text: string): void {
  if (input.closed) return void stdout.write(`${text}\n`);
  clearLine(stdout, 0);
  cursorTo(stdout, 0);
  stdout.write(`${text}\n`);
  input.prompt(true);
}
