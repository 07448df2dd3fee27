import { assertServerId, PinkyError } from '@pinky/protocol';
import { isSet, textFlag, type Context, type Flags } from '../command-line/context.js';
import { followConsole } from '../console/follow.js';
import { hasConsole } from '../console/pieces.js';
import { readTail } from '../console/tail.js';
import { TerminalCleaner } from '../terminal/clean.js';
import { currentConfig } from './current-config.js';

/** `pinky logs`: straight from the files, so that it works with everything dead. */
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

/** Prints the last lines of a console, and what comes after them where that is followed. Throws `not_running` where there is none. */
export async function showConsole(context: Context, { serverId, lines, isFollowing }: ConsoleRequest): Promise<void> {
  const { servers } = await currentConfig(context);
  if (!isFollowing && !hasConsole(servers, serverId)) {
    throw new PinkyError('not_running', `server ${serverId} has no console in ${servers}; it is down, and what it said went with its folder`);
  }
  const write = writer(context);
  const { chunks, position } = await readTail(servers, serverId, lines);
  for (const chunk of chunks) write(chunk);
  if (isFollowing) await followConsole({ servers, serverId, from: position, clock: context.clock, signal: context.signal, write });
}

/** Bytes as they are into a file or pipe; onto a terminal without what would drive it; with --json one text per chunk of lines. */
function writer({ out }: Context): (bytes: Buffer) => void {
  const stdout = out.streams.stdout;
  if (out.isJson) return jsonWriter((line) => out.answer({ line }, () => []));
  if (!out.isTerminal) return (bytes) => void stdout.write(bytes);
  const cleaner = new TerminalCleaner();
  return (bytes) => void stdout.write(cleaner.push(bytes));
}

/** One JSON document per line of the console; a line that is not finished waits. */
function jsonWriter(onLine: (line: string) => void): (bytes: Buffer) => void {
  let held = Buffer.alloc(0);
  return (bytes) => {
    held = Buffer.concat([held, bytes]);
    for (let end = held.indexOf(0x0a); end >= 0; end = held.indexOf(0x0a)) {
      onLine(held.subarray(0, end).toString('utf8'));
      held = held.subarray(end + 1);
    }
  };
}

export function lineCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new PinkyError('bad_command', `-n ${JSON.stringify(text)}: write a number`);
  return Number(text);
}
