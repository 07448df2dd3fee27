import { existsSync, readFileSync } from 'node:fs';
import { assertServerId, installedPaths, PinkyError } from '@pinky/protocol';
import { isSet, textFlag, type Context, type Flags } from '../../command-line/context.js';
import { followConsole } from '../../console/follow.js';
import { hasConsole, type ConsoleBox } from '../../console/pieces.js';
import { readTail } from '../../console/tail.js';
import { meantServer } from '../../observe/meant-server.js';
import { TerminalCleaner } from '../../terminal/clean.js';
import { currentConfig } from '../../command-line/current-config.js';

/** `pinky logs`: reads the files, so it works even if everything is dead. */
export async function logs(context: Context, [serverId]: readonly string[], flags: Flags): Promise<void> {
  assertServerId(serverId);
  const lines = lineCount(textFlag(flags, 'lines') ?? '100');
  if (isSet(flags, 'install')) return showInstallLog(context, serverId, lines);
  await showConsole(context, { serverId, lines, isFollowing: isSet(flags, 'follow') });
}

/** Prints the last lines that the install script printed. Throws `not_found` if none has run. */
async function showInstallLog(context: Context, serverId: string, count: number): Promise<void> {
  const { servers } = await currentConfig(context);
  const { log } = installedPaths(servers, serverId);
  if (!existsSync(log)) throw new PinkyError('not_found', `no install script has run for server ${serverId}`);
  const text = readFileSync(log, 'utf8').trimEnd();
  const { write, end } = writer(context);
  if (count > 0 && text !== '') write(Buffer.from(`${text.split('\n').slice(-count).join('\n')}\n`));
  end();
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
