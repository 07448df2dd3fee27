import { assertServerId, PinkyError } from '@pinky/protocol';
import { isSet, textFlag, type Context, type Flags } from '../../command-line/context.js';
import { followConsole } from '../../console/follow.js';
import { hasConsole, type ConsoleBox } from '@pinky/protocol/console';
import { readTail } from '../../console/tail.js';
import { meantServer } from '../../observe/meant-server.js';
import { TerminalCleaner } from '../../terminal/clean.js';
import { currentConfig } from '../../command-line/current-config.js';

/** `pinky logs`: reads the files, so it works even if everything is dead. */
export async function logs(context: Context, [serverId]: readonly string[], flags: Flags): Promise<void> {
  assertServerId(serverId);
  const lines = lineCount(textFlag(flags, 'lines') ?? '100');
  await showConsole(context, { serverId, lines, isFollowing: isSet(flags, 'follow') });
}

export interface ConsoleRequest {
  readonly serverId: string;
  readonly lines: number;
  readonly isFollowing: boolean;
}

/** Prints the last lines of a console, and follows it if asked to. Throws `not_running` if there is none to print. */
export async function showConsole(context: Context, { serverId, lines, isFollowing }: ConsoleRequest): Promise<void> {
  const box = await currentConfig(context);
  const { servers } = box;
  if (isFollowing && !hasConsole(box, serverId)) {
    context.out.note(
      `note: server ${serverId} has no console yet; waiting for its start${meantServer(servers, serverId)}`,
    );
  }
  if (!isFollowing) assertConsole(box, serverId);
  const { write, end } = writer(context);
  const { chunks, position } = await readTail(box, serverId, lines);
  for (const chunk of chunks) write(chunk);
  if (isFollowing) {
    await followConsole({
      box,
      serverId,
      from: position,
      clock: context.clock,
      signal: context.signal,
      write,
    });
  }
  end();
}

/** Throws `not_running` if there is nothing to read. */
export function assertConsole(box: ConsoleBox, serverId: string): void {
  if (!hasConsole(box, serverId)) {
    throw new PinkyError(
      'not_running',
      `server ${serverId} has no console in ${box.servers}: it has not run here, or it was ` +
        `forgotten${meantServer(box.servers, serverId)}`,
    );
  }
}

interface ConsoleWriter {
  readonly write: (bytes: Buffer) => void;
  readonly end: () => void;
}

/** Writes bytes unchanged to a file or pipe, without control sequences to a terminal; with --json a document a line. */
function writer({ out }: Context): ConsoleWriter {
  const stdout = out.streams.stdout;
  const end = (): void => undefined;
  if (out.isJson) return jsonWriter((line) => out.answer({ line }, () => []));
  if (!out.isTerminal) return { write: (bytes) => void stdout.write(bytes), end };
  const cleaner = new TerminalCleaner();
  return { write: (bytes) => void stdout.write(cleaner.push(bytes)), end };
}

/** An unfinished line waits for its rest, or for the end. */
function jsonWriter(onLine: (line: string) => void): ConsoleWriter {
  let held = Buffer.alloc(0);
  const write = (bytes: Buffer): void => {
    held = Buffer.concat([held, bytes]);
    for (let end = held.indexOf(0x0a); end >= 0; end = held.indexOf(0x0a)) {
      onLine(held.subarray(0, end).toString('utf8'));
      held = held.subarray(end + 1);
    }
  };
  return { write, end: () => { if (held.length > 0) onLine(held.toString('utf8')); } };
}

export function lineCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new PinkyError('bad_command', `-n ${JSON.stringify(text)}: write a number`);
  return Number(text);
}
