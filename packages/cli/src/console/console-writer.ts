import type { Context } from '../command-line/context.js';
import { cleanText, TerminalCleaner } from '../terminal/clean.js';
import { readableEvent } from '../terminal/event-words.js';

/** Takes the bytes of a console, in order. */
export interface ConsoleWriter {
  readonly write: (bytes: Buffer) => void;
  /** The last line may have no newline. */
  readonly end: () => void;
}

export interface WriterOptions {
  /** Only lines that this lets pass. They have no control sequences. */
  readonly filter?: (line: string) => boolean;
  /** Shows nothing but the last so many lines, at the end. */
  readonly last?: number;
}

/**
 * Writes bytes unchanged to a file or pipe; to a terminal without control sequences, and with the events of a game as
 * words; with --json a document a line.
 */
export function consoleWriter(context: Context, options: WriterOptions = {}): ConsoleWriter {
  const { out } = context;
  const { filter } = options;
  const isWhole = filter !== undefined || options.last !== undefined || out.isJson;
  if (isWhole) return lineWriter(options, (line) => writeLine(context, line));
  if (!out.isTerminal) return { write: (bytes) => void out.streams.stdout.write(bytes), end: () => undefined };
  return terminalWriter(context);
}

function writeLine({ out }: Context, line: Buffer): void {
  if (out.isJson) return out.answer({ line: line.toString('utf8') }, () => []);
  if (out.isTerminal) return out.line(readableLine(line));
  out.streams.stdout.write(Buffer.concat([line, Buffer.from('\n')]));
}

/** One line of a console for people. */
export function readableLine(line: Buffer): string {
  const event = readableEvent(line.toString('utf8').trimEnd(), { withServer: false });
  return event === undefined ? new TerminalCleaner().push(line).toString('utf8') : cleanText(event);
}

/** An unfinished line waits for its rest, or for the end. */
export function lineWriter({ filter, last }: WriterOptions, onLine: (line: Buffer) => void): ConsoleWriter {
  let held = Buffer.alloc(0);
  const kept: Buffer[] = [];
  const take = (line: Buffer): void => {
    if (filter && !filter(cleanText(line.toString('utf8')))) return;
    if (last === undefined) return onLine(line);
    kept.push(Buffer.from(line));
    if (kept.length > last) kept.shift();
  };
  return {
    write: (bytes) => {
      held = Buffer.concat([held, bytes]);
      for (let end = held.indexOf(0x0a); end >= 0; end = held.indexOf(0x0a)) {
        take(held.subarray(0, end));
        held = held.subarray(end + 1);
      }
    },
    end: () => {
      if (held.length > 0) take(held);
      held = Buffer.alloc(0);
      for (const line of kept.splice(0)) onLine(line);
    },
  };
}

/** An event is held until its line is whole. Other text goes out as it comes, because it may ask for something. */
function terminalWriter({ out }: Context): ConsoleWriter {
  const cleaner = new TerminalCleaner();
  const lines = lineWriter({}, (line) => out.line(readableLine(line)));
  let isAtStart = true;
  let isEvent = false;
  const part = (bytes: Buffer): void => {
    if (isAtStart) isEvent = bytes[0] === 0x7b; // {
    isAtStart = bytes.at(-1) === 0x0a;
    if (isEvent) lines.write(bytes);
    else out.streams.stdout.write(cleaner.push(bytes));
  };
  return {
    write: (bytes) => {
      for (let from = 0; from < bytes.length;) {
        const end = bytes.indexOf(0x0a, from);
        const to = end < 0 ? bytes.length : end + 1;
        part(bytes.subarray(from, to));
        from = to;
      }
    },
    end: () => lines.end(),
  };
}
